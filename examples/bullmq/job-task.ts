import type { Job } from 'bullmq';

/** What a bridge is told about the tasks that it makes of jobs. */
export interface TaskSettings {
  projectId: number;
  taskType: string;
}

/** The key of a job's task: `bullmq:<queue>:<id>`, and `…#2` for the first retry by hand. */
export function keyOf(queue: string, jobId: string, run = 1): string {
  return `bullmq:${queue}:${jobId}${run === 1 ? '' : `#${run}`}`;
}

/** The id of the job that a task's key names; `undefined` when it is none of this queue. */
export function jobIdOf(queue: string, key: string | null | undefined): string | undefined {
  const start = keyOf(queue, '');
  return key?.startsWith(start) ? key.slice(start.length).replace(/#\d+$/, '') : undefined;
}

/** What the failure of a job that Taskledger has cancelled begins with. */
export const CANCELLED = 'Cancelled in Taskledger';

/** What creates a job's task. */
export function creationOf(
  queue: string,
  jobId: string,
  run: number,
  job: Job | undefined,
  of: TaskSettings,
) {
  const parentQueue = job?.parent?.queueKey.split(':').slice(1).join(':') ?? '';
  return {
    ...{ project_id: of.projectId, task_type: of.taskType },
    ...{ params: { name: job?.name ?? '' }, labels: { queue } },
    ...(job?.parent?.id !== undefined && { parent: keyOf(parentQueue, job.parent.id) }),
    ...(run > 1 && { retry_of: keyOf(queue, jobId, run - 1) }),
  };
}

const TEXT_CHARACTERS_MAX = 10_000;

/** What an attempt failed of, by its stack or the queue's words. */
export function failureOf(told: string | undefined) {
  const text = told ?? 'Unknown: the queue has forgotten the job';
  const stack = text.length <= TEXT_CHARACTERS_MAX ? text : `${text.slice(0, TEXT_CHARACTERS_MAX)} … [cut]`;
  return { error_message: stack.split('\n', 1)[0] as string, error_stack: stack };
}
