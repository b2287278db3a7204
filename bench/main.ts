import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { FerretDbServer } from '../test/support/ferretdb-server.js';
import { missingForCluster } from '../test/support/cluster.js';
import { benchAppend } from './append.js';
import { benchCancel } from './cancel.js';
import { benchClientHttp, benchClientNats } from './client.js';
import type { BenchFigure } from './figure.js';
import { figureTable } from './figure-table.js';
import { benchHttp } from './http.js';
import { benchIngest } from './ingest.js';
import { benchKurrentDbAppend } from './kurrentdb-append.js';
import { benchList } from './list.js';
import { benchLive } from './live.js';
import { benchProjection } from './projection.js';
import { benchRestart } from './restart.js';
import { benchStats } from './stats.js';
import { benchStreams } from './streams.js';
import { benchVisible } from './visible.js';

/** Where the figures of the last run are, as JSON. */
const RESULTS = '.bench/figures.json';

type Bench = () => Promise<BenchFigure | BenchFigure[]>;

const EMBEDDED: Bench[] = [benchAppend, benchIngest, benchHttp, benchStreams, benchClientHttp];
const FULL: Bench[] = [benchLive, benchStats, benchList, benchRestart];
const ENGINES: Bench[] = [benchKurrentDbAppend, benchFerretDb, benchCancel, benchVisible, benchClientNats];

/** Measures one thing after the other and prints each figure beside the limit that was measured in the same run. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { full: { type: 'boolean', default: false }, engines: { type: 'boolean', default: false } },
  });
  const figures: BenchFigure[] = [];
  for (const bench of chosen(values)) {
    for (const figure of [await bench()].flat()) {
      figures.push(figure);
      process.stderr.write(`${figure.name}: ${figure.ratio.toFixed(2)}\n`);
    }
  }
  process.stdout.write(figureTable(figures));
  await mkdir('.bench', { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify({ node: process.version, figures }, null, 2)}\n`);
  process.stdout.write(`\nThe same as JSON: ${RESULTS}\n`);
}

/** The embedded product by default, `--full` with a million tasks, `--engines` what the engines are measured by. */
function chosen({ full, engines }: { full: boolean; engines: boolean }): Bench[] {
  if (!engines) return full ? [...EMBEDDED, ...FULL] : EMBEDDED;
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
