import type { JobsOptions } from 'bullmq';

/** A kind of job of the example, and what becomes of it when the queue is left alone. */
export interface Kind {
  jobs: number;
  options: JobsOptions;
  /** How many runs fail, of all. */
  failures: number;
  /** How many runs there are. */
  runs: number;
  /** How it ends, and what it ends as the first time where it is retried by hand. */
  ends: ('completed' | 'failed' | 'cancelled')[];
}

const soon = { backoff: { type: 'exponential', delay: 20, jitter: 0.5 } };

/** 200 jobs of all kinds; 10 of them are parents of three others each. */
export const KINDS = {
  plain: { jobs: 60, options: {}, failures: 0, runs: 1, ends: ['completed'] },
  flaky: { jobs: 40, options: { attempts: 3, ...soon }, failures: 2, runs: 3, ends: ['completed'] },
  impatient: { jobs: 10, options: { attempts: 2 }, failures: 1, runs: 2, ends: ['completed'] },
  hopeless: { jobs: 10, options: { attempts: 3, ...soon }, failures: 9, runs: 3, ends: ['failed'] },
  byHand: {
    jobs: 10,
    options: { attempts: 2, ...soon },
    failures: 2,
    runs: 3,
    ends: ['failed', 'completed'],
  },
  parent: { jobs: 10, options: {}, failures: 0, runs: 1, ends: ['completed'] },
  child: { jobs: 30, options: { attempts: 2, ...soon }, failures: 1, runs: 2, ends: ['completed'] },
  /** Their worker is killed in their first run. */
  killed: { jobs: 10, options: { attempts: 2, ...soon }, failures: 0, runs: 2, ends: ['completed'] },
  /** They run until they are cancelled, and wait for hours. */
  endless: { jobs: 10, options: { attempts: 3, ...soon }, failures: 0, runs: 1, ends: ['cancelled'] },
  patient: { jobs: 10, options: { delay: 3_600_000 }, failures: 0, runs: 0, ends: ['cancelled'] },
} as const satisfies Record<string, Kind>;

/** The name of a kind, which is that of its jobs. */
export type KindName = keyof typeof KINDS;
