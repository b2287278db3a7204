import { Option, type Command } from 'commander';
import { collected, projectIdFrom } from '../client/arguments.js';
import { EXIT_FAILURE } from '../exit-codes.js';
import { settingsWith } from '../settings-with.js';
import type { ReplayOptions } from './replay.js';

/** `taskledger replay`. */
export function addReplay(program: Command): void {
  program
    .command('replay')
    .description(
      'print the events of the ledger in their order, verified, also while Taskledger writes to it',
    )
    .option('--data-dir <folder>', 'folder of the embedded ledger (DATA_DIR, default ./data)')
    .option('--from <time or position>', 'from the event at this position, or recorded at this time, on')
    .option('--to <time or position>', 'up to the event at this position, or recorded at this time')
    .option('--task <task>', 'only events of this task, by id or key')
    .option('--project-id <id>', 'only events of this project', projectIdFrom)
    .option('--project <name>', 'only events of the project with this name')
    .option('--type <type>', 'only of tasks of this type; several times: of one of these', collected)
    .option('--label <name:value>', 'only of tasks with this label; several times: with all', collected)
    .addOption(
      new Option('--format <format>', 'a table, or events a line as JSON: of a history, or of the feed')
        .choices(['table', 'ndjson', 'cloudevents'])
        .default('table'),
    )
    .action(async ({ dataDir, ...options }: ReplayOptions & { dataDir?: string }) => {
      const { replay } = await import('./replay.js');
      if (!(await replay(await settingsWith({ DATA_DIR: dataDir }), options)))
        process.exitCode = EXIT_FAILURE;
    });
}
