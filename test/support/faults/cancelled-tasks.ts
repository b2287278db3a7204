import { answerOf, type ClusterLoad } from '../cluster-load.js';

/** Creates a task; answers its id once one was given. */
async function createdBy(load: ClusterLoad, url: string, key: string): Promise<number> {
  let id = 0;
  await load.until(async () => {
    const answer = await answerOf(`${url}/api/v1/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ project_id: 1, task_type: 'search' }),
    });
    if (answer === undefined || answer.status >= 300) return false;
    ({ id } = ((await answer.json()) as { data: { id: number } }).data);
    return true;
  });
  return id;
}

/**
 * Cancels a task by one query service and looks at it by each of them.
 *
 * @param key Names the task, for good.
 * @param urls The query services; the first one is asked to cancel.
 * @returns What was served that is not so any more once the cancel was answered.
 */
export async function staleAfterCancel(
  load: ClusterLoad,
  key: string,
  urls: readonly string[],
): Promise<string[]> {
  const [first] = urls as [string];
  const id = await createdBy(load, first, key);
  await load.until(async () => {
    const answer = await answerOf(`${first}/api/v1/tasks/${id}/cancel`, { method: 'POST' });
    const { message } = (await answer?.json().catch(() => ({}))) as { message?: string };
    return answer?.status === 200 || message === 'Cannot cancel task (already cancelled)';
  });
  const stale: string[] = [];
  for (const url of urls) {
    await load.until(async () => {
      const answer = await answerOf(`${url}/api/v1/tasks/${id}`);
      if (answer?.status === 503 || answer === undefined) return false;
      const { data } = (await answer.json()) as { data: { status?: string } | null };
      if (answer.status !== 200 || data?.status !== 'cancelled')
        stale.push(`task ${id} at ${url}: ${answer.status} ${data?.status}`);
      return true;
    });
  }
  return stale;
}
