import { access, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FerretDbServer } from '../test/support/ferretdb-server.js';
import { missingForCluster } from '../test/support/cluster.js';
import { benchAppend } from './append.js';
import type { BenchOptions } from './bench-options.js';
import { benchCancel } from './cancel.js';
import { benchClientHttp, benchClientNats } from './client.js';
import { benchClusterVisible } from './cluster-visible.js';
import type { BenchFigure } from './figure.js';
import { figureTable } from './figure-table.js';
import { benchErrors } from './errors.js';
import { benchHeartbeats } from './heartbeats.js';
import { benchHttp } from './http.js';
import { benchKurrentDbAppend } from './kurrentdb-append.js';
import { benchKurrentDbFollow } from './kurrentdb-follow.js';
import { benchKurrentDbTrips } from './kurrentdb-trips.js';
import { benchLarge } from './large/large.js';
import { benchLife } from './life.js';
import { benchList } from './list/list.js';
import { benchLive } from './live.js';
import { benchNatsCancel } from './nats-cancel.js';
import { benchOneEvent } from './one-event.js';
import { benchProjection } from './projection.js';
import { benchSingleEvents } from './single-events.js';
import { benchSixPosts } from './six-posts.js';
import { benchStats } from './stats.js';
import { benchStreams } from './streams.js';
import { benchVisible } from './visible.js';

/** Where the figures of the last run are, as JSON. */
const RESULTS = '.bench/figures.json';

type Bench = (options: BenchOptions) => Promise<BenchFigure | BenchFigure[]> | AsyncIterable<BenchFigure>;

/** The embedded product, in a few minutes. */
const EMBEDDED: Record<string, Bench> = {
  append: benchAppend,
  life: benchLife,
  'one-event': benchOneEvent,
  'single-events': benchSingleEvents,
  'six-posts': benchSixPosts,
  visible: benchVisible,
  cancel: benchCancel,
  http: benchHttp,
  streams: benchStreams,
  heartbeats: benchHeartbeats,
  client: benchClientHttp,
};

/** The embedded product with millions of tasks, and what takes long. */
const LARGE: Record<string, Bench> = {
  live: benchLive,
  stats: benchStats,
  list: benchList,
  errors: benchErrors,
  large: benchLarge,
};

/** What the engines are measured by. */
const ENGINES: Record<string, Bench> = {
  'kurrentdb-append': benchKurrentDbAppend,
  'kurrentdb-follow': benchKurrentDbFollow,
  'kurrentdb-trips': benchKurrentDbTrips,
  ferretdb: benchFerretDb,
  'nats-cancel': benchNatsCancel,
  'cluster-visible': benchClusterVisible,
  'nats-client': benchClientNats,
};

/** Measures one thing after the other and prints each figure beside the limit that was measured in the same run. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      large: { type: 'boolean', default: false },
      engines: { type: 'boolean', default: false },
      only: { type: 'string' },
      baseline: { type: 'string' },
      tasks: { type: 'string', default: '3000000' },
      backlog: { type: 'string', default: '30000' },
    },
  });
  const options: BenchOptions = {
    tasks: thousandsOf('tasks', values.tasks),
    backlog: thousandsOf('backlog', values.backlog),
  };
  if (values.baseline !== undefined) options.baseline = await builtIn(values.baseline);
  const figures: BenchFigure[] = [];
  for (const bench of chosen(values)) {
    for await (const figure of inTurn(bench(options))) {
      figures.push(figure);
      process.stderr.write(`${figure.name}: ${figure.ratio.toFixed(2)}\n`);
    }
  }
  process.stdout.write(figureTable(figures));
  await mkdir('.bench', { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify({ node: process.version, figures }, null, 2)}\n`);
  process.stdout.write(`\nThe same as JSON: ${RESULTS}\n`);
}

/** Figures as soon as they are measured. */
async function* inTurn(measured: ReturnType<Bench>): AsyncGenerator<BenchFigure> {
  if (Symbol.asyncIterator in measured) yield* measured;
  else yield* [await measured].flat();
}

/** A number that every figure can spread evenly over statuses, types and projects. */
function thousandsOf(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number % 1_000 === 0) return number;
  throw new Error(`--${name} is ${text}; it must be a positive multiple of 1000`);
}

/** The program that was built in a folder. */
async function builtIn(folder: string): Promise<string> {
  const script = join(resolve(folder), 'dist/cli/main.js');
  await access(script);
  return script;
}

/** Those named by `--only`; else the embedded product by default, `--large` with what takes long, `--engines` the engines. */
function chosen({ large, engines, only }: { large: boolean; engines: boolean; only?: string }): Bench[] {
  const sets = only !== undefined || large ? { ...EMBEDDED, ...LARGE } : EMBEDDED;
  const benches = engines ? enginesHere() : sets;
  if (only === undefined) return Object.values(benches);
  return only.split(',').map((name) => {
    const bench = benches[name];
    if (bench === undefined)
      throw new Error(`No figure ${name}; there are ${Object.keys(benches).join(', ')}`);
    return bench;
  });
}

function enginesHere(): Record<string, Bench> {
  const missing = missingForCluster();
  if (missing.length === 0) return ENGINES;
  throw new Error(
    `There is no ${missing.join(' and no ')} here; bash scripts/backends/install.sh builds them`,
  );
}

/** Projection onto FerretDB, started for it alone. */
async function benchFerretDb(): Promise<BenchFigure> {
  const server = await FerretDbServer.make();
  await server.start();
  try {
    return await benchProjection(`mongodb://127.0.0.1:${server.port}/bench`);
  } finally {
    await server.remove();
  }
}

await main();
