import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { PROJECT_ROOT } from './project-root.js';
import { runPipeline } from './run-pipeline.js';
import { taskTable } from './task-table.js';

const USAGE = `Usage: node dist/examples/pipeline/main.js [folder] [--url http://127.0.0.1:8000] [--data ./data]

Crawls the documentation in a folder (default: this project's and its packages'), finds duplicates, indexes, expands
keywords, searches and reads images, each step as a task of Taskledger.`;

/** Runs the pipeline from the command line. Exits 0 when it ran to its end, 1 when it could not, 2 for a wrong argument. */
async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  if (values.help) return console.log(USAGE);
  const [folder = PROJECT_ROOT] = positionals;
  const tasks = await runPipeline({
    url: values.url,
    folder: resolve(folder),
    dataFolder: resolve(values.data),
    log: console.log,
  });
  console.log(`\n${taskTable(tasks)}`);
}

function readArguments() {
  try {
    const read = parseArgs({
      allowPositionals: true,
      options: {
        url: { type: 'string', default: 'http://127.0.0.1:8000' },
        data: { type: 'string', default: './data' },
        help: { type: 'boolean', default: false },
      },
    });
    if (read.positionals.length > 1) throw new Error('At most one folder may be given');
    new URL(read.values.url);
    return read;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return process.exit(2);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
