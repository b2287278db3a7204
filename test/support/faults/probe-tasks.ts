import type { EventOutcome } from '../../../shared/core/contracts/messages.js';
import type { Served } from './served.js';

let probes = 0;

/**
 * Publishes the creation of a new task, and progress of each that runs.
 *
 * @param truth What the server shows, or should show.
 * @returns The ids of the tasks that did not take it; 0 for the new one.
 */
export async function probeTasks(url: string, truth: Served): Promise<number[]> {
  const running = [...truth.details].filter(([, { text }]) => text.includes('"status":"running"'));
  const probe = { specversion: '1.0', source: '/probe' };
  const created = { project_id: 9, task_type: 'ocr' };
  const events = running.map(([id]) => {
    const data = { progress: 10 };
    return { ...probe, id: `${probes++}`, type: 'task.progressed', subject: `${id}`, data };
  });
  const name = `probe/${probes++}`;
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify([
      { ...probe, id: name, type: 'task.created', subject: name, data: created },
      ...events,
    ]),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`Events are answered ${response.status}: ${text}`);
  const { data } = JSON.parse(text) as { data: EventOutcome[] };
  return [0, ...running.map(([id]) => id)].filter((_, at) => data[at]?.outcome !== 'accepted');
}
