import type { IngestBacklog } from '../../core/ports/ingest-stream.js';
import type { Metrics } from './metrics.js';
import { sharedAnswer } from './shared-answer.js';

/** What is shown of an intake. */
export interface WatchedIntake {
  /** `undefined` before it has begun. */
  status(): { working: boolean; inFlight: number; epoch?: number } | undefined;
  backlog(): Promise<IngestBacklog>;
}

/** Shows how far an intake has come: what this process does, and what the streams say, whoever works. */
export function watchIntake(metrics: Metrics, intake: WatchedIntake): void {
  const asked = sharedAnswer(() => intake.backlog().catch(() => undefined));
  metrics.gauge(
    'taskledger_intake_working',
    '1 while this process takes in what was left in the stream',
    () => {
      return intake.status()?.working === true ? 1 : 0;
    },
  );
  metrics.gauge('taskledger_intake_in_flight_messages', 'Messages that this process works on', () => {
    return intake.status()?.inFlight ?? 0;
  });
  metrics.gauge(
    'taskledger_intake_waiting_messages',
    'Messages in the stream that are not in the ledger',
    async () => {
      return (await asked())?.waiting;
    },
  );
  metrics.gauge(
    'taskledger_intake_lag_seconds',
    'Age of the oldest message that is not in the ledger',
    async () => {
      const found = await asked();
      if (found === undefined) return undefined;
      return found.oldestAtMs === undefined ? 0 : Math.max(0, Date.now() - found.oldestAtMs) / 1000;
    },
  );
  metrics.gauge(
    'taskledger_intake_parked_messages',
    'Messages that can never be appended, and lie aside',
    async () => {
      return (await asked())?.parked;
    },
  );
  metrics.leases.watch('ingest', () => intake.status()?.epoch);
}
