import { UnrecoverableError, type Job, type Worker } from 'bullmq';
import type { TaskledgerClient } from '../../clients/typescript/src/index.js';
import { CANCELLED, jobIdOf } from './job-task.js';

/** How long a cancel is remembered, for a job that is just being taken. */
const REMEMBERED_MS = 10_000;

/** Stops a worker's jobs when their tasks are cancelled: the signal of the processor aborts. Until `signal` says enough. */
export async function stopCancelled(
  worker: Worker,
  ledger: TaskledgerClient,
  signal: AbortSignal,
): Promise<void> {
  const cancelled = new Set<string>();
  worker.on('active', ({ id = '' }) => {
    if (cancelled.delete(id)) worker.cancelJob(id, CANCELLED);
  });
  for await (const { task } of ledger.watch({ status: 'cancelled', include: ['key'], signal })) {
    const jobId = jobIdOf(worker.name, task.key);
    if (jobId === undefined || worker.cancelJob(jobId, CANCELLED)) continue;
    cancelled.add(jobId);
    setTimeout(() => cancelled.delete(jobId), REMEMBERED_MS).unref();
  }
}

/** A processor whose job is over, and not tried again, once its signal was aborted. */
export function cancellable(work: (job: Job, signal: AbortSignal) => Promise<unknown>) {
  // BullMQ makes a signal for who has three parameters.
  return async (job: Job, _token: string | undefined, signal: AbortSignal | undefined): Promise<unknown> => {
    try {
      return await work(job, signal ?? new AbortController().signal);
    } catch (error) {
      throw signal?.aborted ? new UnrecoverableError(CANCELLED) : error;
    }
  };
}
