import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alone } from './alone.js';
import { median, type BenchFigure } from './figure.js';
import { HttpConnection } from './http-connection.js';
import { postRequest } from './http-posts.js';
import { EVENT_TYPE, life } from './lives.js';
import { eventsUrl } from './publish-lives.js';
import { startTaskledger } from './server-process.js';

const TASKS = 300;
const WARM_UP_TASKS = 100;

/** The answer to a cancel, which comes when the cancel is durable and shows, against one event alone. In turns. */
export async function benchCancel(): Promise<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-cancel-'));
  const server = await startTaskledger(folder);
  try {
    const connection = await HttpConnection.open(server.url);
    const [cancels, limits]: [number[], number[]] = [[], []];
    for (let task = 0; task < WARM_UP_TASKS + TASKS; task++) {
      const created = await alone(connection, postRequest(eventsUrl(server.url), EVENT_TYPE, life()[0]!));
      const id = Number(/"task_id":(\d+)/.exec(created.body)?.[1]);
      const url = `${server.url}/api/v1/tasks/${id}/cancel`;
      const cancelled = await alone(connection, postRequest(url, 'application/json', '{}'));
      if (task < WARM_UP_TASKS) continue;
      limits.push(created.ms);
      cancels.push(cancelled.ms);
    }
    connection.close();
    const [measured, limit] = [median(cancels), median(limits)];
    return {
      name: "A cancel's answer, which includes that it shows, p50, against one event alone",
      ...{ unit: 'ms', measured, limit, ratio: measured / limit, target: 1.5, better: 'lower' },
    };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
