import type { QueueLimits } from './event-queue.js';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from './retries.js';

/** Where Taskledger is looked for when nothing is said. */
export const DEFAULT_URL = 'http://127.0.0.1:8000';

/** Where Taskledger is and how it is talked to. */
export interface TaskledgerClientOptions {
  /**
   * `http://host:8000`, or `nats://host:4222` (also several with commas between, `tls://`, `user:password@`). Without it
   * the environment variable `TASKLEDGER_URL`, or else `http://127.0.0.1:8000`.
   */
  url?: string;
  /** Who publishes: CloudEvents' `source`, a URI or a path such as `/pipelines/papers`; not `taskledger:…`. */
  source: string;
  /** Over NATS: where the HTTP API is, for what only it has: reads, lists, streams, stats and bulk cancels. */
  apiUrl?: string;
  /** Further options for `connect` of `@nats-io/transport-node`. */
  natsOptions?: object;
  buffer?: BufferOptions;
  /** From one progress report of a task to the next, at least (250: four a second). */
  progressIntervalMs?: number;
  /** How long the ledger has to be away until what waits for its answer goes on, its event kept in the buffer (2,000). */
  awayAfterMs?: number;
  /** How long one request may take (10,000). */
  requestTimeoutMs?: number;
  /** Over HTTP: how often running tasks are asked for while the event stream can't be had (1,000). */
  cancelPollIntervalMs?: number;
  /**
   * A promise that each task that runs here is heard of at least so often, in seconds (an int from 1 to 604,800; none). The client
   * keeps it by itself, over HTTP; Taskledger shows a task as silent whose promise is broken.
   */
  heartbeatS?: number;
  /** How long the process stays at its exit to send what is left (10,000). */
  exitFlushMsMax?: number;
  retry?: Partial<RetryPolicy>;
  /**
   * Is told what nobody waits for: that Taskledger is away, that an event was refused later. By default a warning of the
   * process, whose code is `TASKLEDGER_AWAY`, `TASKLEDGER_REFUSED`, `TASKLEDGER_BUFFER`, `TASKLEDGER_HEARTBEAT` or
   * `TASKLEDGER_UNSENT`.
   */
  onWarning?: (message: string, code: string) => void;
}

/** Where events wait that Taskledger has not answered yet. */
export interface BufferOptions {
  /** Keeps them on disk in this folder, so that they outlive the process; without it in memory alone. */
  folder?: string;
  /** How many may wait (10,000). */
  eventsMax?: number;
  /** How much JSON may wait (64 MiB). */
  bytesMax?: number;
  /** How long `create` and `run` wait for room before they throw BufferFullError (30,000). */
  fullWaitMsMax?: number;
}

/** All options, as they hold. */
export type Settings = ReturnType<typeof settingsOf>;

/** The options with what holds where nothing is said. */
export function settingsOf(options: TaskledgerClientOptions) {
  const limits: QueueLimits = {
    eventsMax: options.buffer?.eventsMax ?? 10_000,
    bytesMax: options.buffer?.bytesMax ?? 64 * 1024 * 1024,
  };
  const retry: RetryPolicy = { ...DEFAULT_RETRY_POLICY, ...options.retry };
  return {
    url: options.url ?? (process.env.TASKLEDGER_URL || DEFAULT_URL),
    source: options.source,
    apiUrl: options.apiUrl,
    natsOptions: options.natsOptions ?? {},
    folder: options.buffer?.folder,
    limits,
    fullWaitMsMax: options.buffer?.fullWaitMsMax ?? 30_000,
    progressIntervalMs: options.progressIntervalMs ?? 250,
    awayAfterMs: options.awayAfterMs ?? 2_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    cancelPollIntervalMs: options.cancelPollIntervalMs ?? 1_000,
    heartbeatS: options.heartbeatS,
    exitFlushMsMax: options.exitFlushMsMax ?? 10_000,
    retry,
    warn: options.onWarning ?? warnByProcess,
  };
}

function warnByProcess(message: string, code: string): void {
  process.emitWarning(message, { type: 'TaskledgerWarning', code });
}
