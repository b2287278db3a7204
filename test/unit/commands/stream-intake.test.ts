import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startStreamIntake, type StreamIntake } from '../../../services/commands/stream-intake.js';
import { ANONYMOUS_CALLER } from '../../../shared/core/contracts/caller.js';
import type { EventOutcome } from '../../../shared/core/contracts/messages.js';
import type { IngestMessage, IngestStream } from '../../../shared/core/ports/ingest-stream.js';
import type { LogFields } from '../../../shared/core/ports/logger.js';
import { silentLogger } from '../../support/command-side.js';
import { untilTrue } from '../../support/until-true.js';

/** A stream with a few messages, each with one event of the task that it is named after. */
function streamOf(tasks: readonly string[], acknowledged: string[]): IngestStream {
  const messages = tasks.map((task, index): IngestMessage => ({
    sequence: index + 1,
    subject: 'tasks.publish.event',
    publishedAtMs: 0,
    body: new TextEncoder().encode(JSON.stringify({ id: task, subject: task })),
    caller: ANONYMOUS_CALLER,
    traceparent: undefined,
    ack: () => void acknowledged.push(task),
  }));
  return {
    takeLease: async () => ({
      epoch: 1,
      lost: new AbortController().signal,
      async *messages(signal) {
        yield* messages;
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
      park: () => Promise.reject(new Error('nothing is to be parked')),
      end: async () => undefined,
    }),
    backlog: async () => ({ waiting: 0, oldestAtMs: undefined, parked: 0 }),
    close: async () => undefined,
  };
}

describe('an intake whose events wait', () => {
  let intake: StreamIntake | undefined;
  let acknowledged: string[];
  let lines: { fields: LogFields; message: string }[];
  let tries: number;

  beforeEach(() => {
    [acknowledged, lines, tries] = [[], [], 0];
  });
  afterEach(() => intake?.stop());

  const events = (): string[] => lines.map(({ fields }) => fields.event);

  /** Starts one for which some tasks can't be taken in, for a reason. */
  function start(tasks: readonly string[], waiting: readonly string[], reason: EventOutcome['reason']): void {
    const ingest = async (sent: readonly unknown[]): Promise<EventOutcome[]> => {
      tries++;
      return sent.map((event) => {
        const { id, subject } = event as { id: string; subject: string };
        const about = { event_id: id, task_id: null, position: null };
        return waiting.includes(subject)
          ? { ...about, outcome: 'unavailable', code: 503, reason, message: `not now: ${reason}` }
          : { ...about, outcome: 'accepted', code: 200, reason: 'accepted', message: 'ok' };
      });
    };
    intake = startStreamIntake({
      stream: streamOf(tasks, acknowledged),
      ingest: { ingest, taskIdOfKey: async () => undefined },
      clock: { nowMs: () => 0 },
      logger: { ...silentLogger, warn: (fields, message) => void lines.push({ fields, message }) },
      metrics: { countEvent: () => undefined },
    });
  }

  it('for one broken task is as well as ever: it says which one, and that the others go on', async () => {
    start(['other', 'broken'], ['broken'], 'broken_task');
    await untilTrue(() => tries > 4);
    expect(intake?.status()).toEqual({ working: true, epoch: 1, inFlight: 1 });
    expect(acknowledged).toEqual(['other']);
    expect(lines).toEqual([
      {
        fields: { event: 'intake_task_waits', task: 'broken' },
        message: 'Events of at least one task wait, others go on: not now: broken_task',
      },
    ]);
  });

  it('is not well when task after task is broken and none goes on', async () => {
    const tasks = Array.from({ length: 9 }, (_, index) => `broken-${index}`);
    start(tasks, tasks, 'broken_task');
    await untilTrue(() => intake?.status().lastError !== undefined);
    expect(intake?.status()).toMatchObject({ working: true, lastError: 'not now: broken_task' });
    expect(events()).toEqual(['intake_task_waits', 'intake_ledger_unavailable']);
  });

  it('for the ledger is not well, and says so, also after it was said of one task', async () => {
    start(['broken', 'other'], ['broken', 'other'], 'broken_task');
    await untilTrue(() => tries > 4);
    await intake?.stop();
    expect(events()).toEqual(['intake_task_waits']);

    start(['one', 'other'], ['one', 'other'], 'unavailable');
    await untilTrue(() => tries > 9);
    expect(intake?.status()).toMatchObject({ working: true, inFlight: 2, lastError: 'not now: unavailable' });
    expect(events()).toEqual(['intake_task_waits', 'intake_ledger_unavailable']);
  });
});
