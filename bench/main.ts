import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { benchAppend } from './append.js';
import type { BenchFigure } from './figure.js';
import { figureTable } from './figure-table.js';
import { benchHttp } from './http.js';
import { benchIngest } from './ingest.js';
import { benchList } from './list.js';
import { benchRestart } from './restart.js';

/** Where the figures of the last run are, as JSON. */
const RESULTS = '.bench/figures.json';

const SHORT: Bench[] = [benchAppend, benchIngest, benchHttp];
const FULL: Bench[] = [benchList, benchRestart];

type Bench = () => Promise<BenchFigure | BenchFigure[]>;

/** Measures one thing after the other and prints each figure beside the limit that was measured in the same run. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { full: { type: 'boolean', default: false } } });
  const figures: BenchFigure[] = [];
  for (const bench of values.full ? [...SHORT, ...FULL] : SHORT) {
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

await main();
