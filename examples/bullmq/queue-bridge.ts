import type { Queue, QueueEvents } from 'bullmq';
import { CANCELLED, creationOf, failureOf, jobIdOf, keyOf, type TaskSettings } from './job-task.js';
import { HEARD, KnownJobs, type Heard } from './known-jobs.js';
import type { Outbox } from './outbox.js';

/**
 * Tells Taskledger what happens to a queue's jobs, and takes jobs out of the queue whose tasks are cancelled. It keeps nothing:
 * started again, it reads what the queue's stream of events remembers, and says the same events under the same ids.
 */
export class QueueBridge {
  readonly #jobs = new KnownJobs();
  #taken: Promise<void> = Promise.resolve();

  /** @param events Made with `autorun: false` and `lastEventId: '0-0'`; its `run()` begins it after this. */
  constructor(
    private readonly queue: Queue,
    events: QueueEvents,
    private readonly outbox: Outbox,
    private readonly settings: TaskSettings,
  ) {
    for (const what of HEARD) {
      const listener = (heard: Heard, id: string): void => {
        // One after the other, since each asks the queue for its job.
        this.#taken = this.#taken.then(() => this.#take(what, heard, id));
        this.#taken.catch((error: unknown) => events.emit('error', error as Error));
      };
      events.on(what, listener);
    }
  }

  /** Takes a job out of the queue whose task is cancelled; one that runs is its worker's to stop. */
  async cancel(key: string | null | undefined): Promise<void> {
    const jobId = jobIdOf(this.queue.name, key);
    const job = jobId === undefined ? undefined : await this.queue.getJob(jobId);
    if (job !== undefined && !(await job.isActive())) await job.remove().catch(() => undefined);
  }

  async #take(what: (typeof HEARD)[number], heard: Heard, id: string): Promise<void> {
    const jobId = heard.jobId as string;
    const job = await this.queue.getJob(jobId);
    const known = this.#jobs.of(jobId);
    // Of what this does not know yet, being new after a retry by hand, the key is another one.
    const isRunAnew = known.state === 'ended' && (what === 'waiting' || what === 'delayed');
    if (isRunAnew) Object.assign(known, { run: known.run + 1, attempt: 0, state: 'waiting' });
    const task = creationOf(this.queue.name, jobId, known.run, job, this.settings);
    const attempt = known.attempt > 0 ? { attempt: known.attempt } : {};
    const say = (type: string, data: object, suffix = ''): void => {
      const subject = keyOf(this.queue.name, jobId, known.run);
      const time = new Date(Number(id.split('-')[0])).toISOString();
      this.outbox.put({
        id: id + suffix,
        type: `task.${type}`,
        subject,
        time,
        data: { ...attempt, ...data },
      });
    };
    if (what === 'added' && job !== undefined) say('created', task);
    if (what === 'active') {
      if (known.state === 'between') {
        // That it failed and has not stalled is sure only now.
        say('attempt_failed', { ...failureOf(job?.stacktrace?.[known.failures++]), task }, '/failed');
        known.attempt++;
      }
      Object.assign(known, { attempt: known.attempt || 1, state: 'active' });
      say('started', { attempt: known.attempt, task });
    }
    if ((what === 'waiting' || what === 'delayed') && known.state === 'active') known.state = 'between';
    // The same attempt begins again: its worker is gone.
    if (what === 'stalled') known.state = 'waiting';
    if (what === 'progress' && Number.isSafeInteger(heard.data)) say('progressed', { progress: heard.data });
    if (what === 'completed') say('completed', { result: { value: heard.returnvalue ?? null }, task });
    if (what === 'failed') {
      known.failures++;
      if (heard.failedReason?.startsWith(CANCELLED)) say('cancelled', { task });
      else say('failed', { error_message: failureOf(heard.failedReason).error_message, task });
    }
    if (what === 'removed' && known.state !== 'ended')
      say('cancelled', { reason: 'Removed from the queue', task });
    if (what === 'completed' || what === 'failed' || what === 'removed') known.state = 'ended';
  }
}
