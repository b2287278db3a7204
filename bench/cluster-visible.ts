import { Cluster } from '../test/support/cluster.js';
import { delayFigures, type BenchFigure } from './figure.js';

const TASKS = 300;
const ASK_MS_MAX = 10_000;

/**
 * How long after a creation was answered the list of another process shows it, on separate processes: half of the times,
 * and 99 of 100, against the time of the creation itself.
 */
export async function benchClusterVisible(): Promise<BenchFigure[]> {
  const cluster = await Cluster.startEngines();
  try {
    await cluster.start('commands', 'commands');
    await cluster.start('projections', 'projector,feed');
    const { url } = await cluster.start('query', 'query');
    await cluster.ready();
    const [answers, delays]: [number[], number[]] = [[], []];
    for (let task = 0; task < TASKS; task++) {
      const sentAt = performance.now();
      const id = await create(url, task);
      const answeredAt = performance.now();
      await shown(url, id);
      if (task < TASKS / 10) continue;
      answers.push(answeredAt - sentAt);
      delays.push(performance.now() - answeredAt);
    }
    return delayFigures(
      'From the answer of an event until a list shows it',
      'the time of the answer',
      delays,
      answers,
      { p50: 10, p99: 30 },
    );
  } finally {
    await cluster.stop();
  }
}

async function create(url: string, task: number): Promise<number> {
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({
      specversion: '1.0',
      id: `visible/${task}`,
      source: '/bench',
      type: 'task.created',
      data: { project_id: 1, task_type: 'ocr' },
    }),
  });
  const { data } = (await response.json()) as { data: { task_id: number }[] };
  return data[0]?.task_id ?? 0;
}

async function shown(url: string, id: number): Promise<void> {
  const deadlineMs = performance.now() + ASK_MS_MAX;
  while (performance.now() < deadlineMs) {
    const { data } = (await (await fetch(`${url}/api/v1/tasks?limit=1`)).json()) as {
      data: { id: number }[];
    };
    if (data[0]?.id === id) return;
  }
  throw new Error(`Task ${id} did not show within ${ASK_MS_MAX} ms`);
}
