/** What a queue tells of its jobs, in the order in which it happened. */
export const HEARD = [
  ...(['added', 'active', 'delayed', 'waiting', 'stalled'] as const),
  ...(['progress', 'completed', 'failed', 'removed'] as const),
];

/** What it says with that. */
export type Heard = Partial<Record<'jobId' | 'prev' | 'failedReason', string>> & {
  returnvalue?: unknown;
  data?: unknown;
};

/** What has been heard of one job. */
interface KnownJob {
  /** 1, and one more with each retry by hand after its end: each is a task of its own. */
  run: number;
  /** The attempt of this run that runs or ran last; 0 before the first. */
  attempt: number;
  /** Failed attempts of all runs: the queue has their stacks in this order. */
  failures: number;
  state: 'waiting' | 'active' | 'between' | 'ended';
}

const JOBS_MAX = 100_000;

/** The jobs that were heard of last. */
export class KnownJobs {
  readonly #jobs = new Map<string, KnownJob>();

  /** What is known of a job, to be changed. */
  of(jobId: string): KnownJob {
    const known = this.#jobs.get(jobId) ?? { run: 1, attempt: 0, failures: 0, state: 'waiting' };
    this.#jobs.delete(jobId);
    this.#jobs.set(jobId, known);
    if (this.#jobs.size > JOBS_MAX) this.#jobs.delete(this.#jobs.keys().next().value as string);
    return known;
  }
}
