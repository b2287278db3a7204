import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { TaskledgerClient, type Task } from '../clients/typescript/src/index.js';
import { PROJECT_ROOT } from './pipeline/project-root.js';
import { runPipeline } from './pipeline/run-pipeline.js';
import { taskTable } from './pipeline/task-table.js';

const USAGE = `Usage: npm run demo -- [folder] [--exit]

Starts Taskledger on the embedded store, runs the example pipeline over a folder (default: the documentation of this
project and its packages), prints the tasks and keeps serving until Ctrl-C; with --exit it stops then.
PORT (8000) and DATA_DIR (./data) choose where.`;

/** How long Taskledger may take until it listens. */
const START_MS_MAX = 60_000;

const TASKS_SHOWN = 50;

/** The main job from end to end. Exits with Taskledger's own exit code, 1 when the pipeline could not run. */
async function main(): Promise<void> {
  const { folder, exit } = readArguments();
  const dataFolder = resolve(process.env.DATA_DIR || './data');
  const taskledger = startTaskledger(dataFolder);
  const ended = once(taskledger, 'exit') as Promise<[number | null]>;
  // Ctrl-C reaches both processes; what counts here is that this one stays until the other has drained.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => taskledger.kill(signal));
  process.on('exit', () => taskledger.kill());
  void ended.then(([code]) => process.exit(process.exitCode ?? code ?? 1));
  try {
    const url = await listening(taskledger);
    console.log(`Taskledger listens on ${url} and keeps its data in ${dataFolder}\n`);
    await runPipeline({ url, folder, dataFolder, log: console.log });
    await printTasks(url);
    if (!exit) return console.log('\nServing until Ctrl-C.');
  } catch (error) {
    console.error(`The demo can't go on: ${(error as Error).message}`);
    process.exitCode = 1;
  }
  taskledger.kill('SIGTERM');
}

function readArguments(): { folder: string; exit: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { exit: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    if (positionals.length > 1) throw new Error('At most one folder may be given');
    return { folder: resolve(positionals[0] ?? PROJECT_ROOT), exit: values.exit };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function startTaskledger(dataFolder: string): ChildProcess {
  return spawn(process.execPath, [join(PROJECT_ROOT, 'dist/cli/main.js'), 'start'], {
    env: { LOG_LEVEL: 'warn', ...process.env, DATA_DIR: dataFolder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Where Taskledger listens, once it says so; what else it prints is passed on. When it ends instead, so does the demo. */
async function listening(taskledger: ChildProcess): Promise<string> {
  const lines = createInterface({ input: taskledger.stdout as NonNullable<ChildProcess['stdout']> });
  return new Promise((found, failed) => {
    const timer = setTimeout(
      () => failed(new Error(`Taskledger did not start in ${START_MS_MAX} ms`)),
      START_MS_MAX,
    );
    lines.on('line', (line) => {
      const url = /^Taskledger listens on (\S+)$/.exec(line)?.[1];
      if (url === undefined) return console.log(line);
      clearTimeout(timer);
      found(url);
    });
  });
}

async function printTasks(url: string): Promise<void> {
  const ledger = new TaskledgerClient({ url, source: '/examples/demo' });
  const items: Task[] = [];
  for await (const item of ledger.list({ pageSize: TASKS_SHOWN }))
    if (items.push(item) === TASKS_SHOWN) break;
  const tasks = await Promise.all(items.map(({ id }) => ledger.get(id)));
  const [newest] = tasks;
  console.log(`\n${taskTable(tasks)}\n`);
  console.log(`The same by hand:
  curl '${url}/api/v1/tasks?status=completed&limit=5'
  curl ${url}/api/v1/tasks/${newest?.id ?? 1}
  curl ${url}/api/v1/tasks/${newest?.id ?? 1}/history
  curl -X POST ${url}/api/v1/tasks/${newest?.id ?? 1}/cancel
The page: ${url}/
The whole API: ${url}/docs`);
}

await main();
