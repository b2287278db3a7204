import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KurrentDBClient, NO_STREAM } from '@kurrent/kurrentdb-client';
import {
  startKurrentDbDouble,
  type KurrentDbDouble,
} from '../test/support/kurrentdb-double/start-kurrentdb-double.js';
import { alone } from './alone.js';
import type { BenchOptions } from './bench-options.js';
import { median, type BenchFigure } from './figure.js';
import { handedEvents } from './handed-events.js';
import { HttpConnection } from './http-connection.js';
import { postRequest } from './http-posts.js';
import { EVENT_TYPE, life } from './lives.js';
import { eventsUrl } from './publish-lives.js';
import { startTaskledger } from './server-process.js';

const TASKS = 200;
const WARM_UP_TASKS = 50;

interface Measured {
  ms: number[];
  trips: number;
}

/**
 * Single events and cancels by HTTP on a ledger on KurrentDB (the double of its protocol, with a file), one after the other:
 * how long each takes against one append with the client alone, and how often the store is asked for each, the reading of
 * those who follow the ledger left out. With a baseline, the same of that.
 */
export async function* benchKurrentDbTrips({ baseline }: BenchOptions): AsyncGenerator<BenchFigure> {
  yield* figuresOf('');
  if (baseline !== undefined) yield* figuresOf(', of the baseline', baseline);
}

async function* figuresOf(of: string, script?: string): AsyncGenerator<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-trips-'));
  const double = await startKurrentDbDouble({ file: join(folder, 'log') });
  const server = await startTaskledger(join(folder, 'data'), script, { EVENT_STORE_URL: double.url });
  const client = KurrentDBClient.connectionString(double.url);
  try {
    const connection = await HttpConnection.open(server.url);
    const post = (event: string) => alone(connection, postRequest(eventsUrl(server.url), EVENT_TYPE, event));
    const kinds = { created: made(), known: made(), cancelled: made() };
    const appendsMs: number[] = [];
    const event = { ...(await handedEvents(1))[0]!.event, contentType: 'application/json' as const };
    for (let task = 0; task < WARM_UP_TASKS + TASKS; task++) {
      const [creation, start] = life() as [string, string];
      let id = 0;
      const steps = {
        created: async () => {
          const { ms, body } = await post(creation);
          id = Number(/"task_id":(\d+)/.exec(body)?.[1]);
          return ms;
        },
        known: async () => (await post(start)).ms,
        cancelled: async () => {
          const url = `${server.url}/api/v1/tasks/${id}/cancel`;
          return (await alone(connection, postRequest(url, 'application/json', '{}'))).ms;
        },
      };
      for (const kind of ['created', 'known', 'cancelled'] as const) {
        const before = await trips(double);
        const ms = await steps[kind]();
        if (task < WARM_UP_TASKS) continue;
        kinds[kind].ms.push(ms);
        kinds[kind].trips += (await trips(double)) - before;
      }
      const begun = performance.now();
      await client.appendToStream(`alone-${task}`, [event], { streamState: NO_STREAM });
      if (task >= WARM_UP_TASKS) appendsMs.push(performance.now() - begun);
    }
    connection.close();
    const limit = median(appendsMs);
    for (const [what, { ms, trips: count }, appends] of [
      ['An event that creates a task', kinds.created, 2],
      ['An event of a known task', kinds.known, 1],
      ['A cancel', kinds.cancelled, 1],
    ] as const) {
      const [measured, perEvent] = [median(ms), count / TASKS];
      yield {
        name: `KurrentDB: ${what} by HTTP, p50, against one append of the client${of}`,
        ...{ unit: 'ms', measured, limit, ratio: measured / limit, target: appends + 1, better: 'lower' },
      };
      yield {
        name: `KurrentDB: ${what}, trips to the store against the appends that it needs${of}`,
        ...{ unit: 'trips', measured: perEvent, limit: appends, ratio: perEvent / appends },
        ...{ target: 1.05, better: 'lower' },
      };
    }
  } finally {
    await server.stop();
    await client.dispose();
    await double.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const made = (): Measured => ({ ms: [], trips: 0 });

async function trips(double: KurrentDbDouble): Promise<number> {
  const { appends, streamReads } = await double.counts();
  return appends + streamReads;
}
