import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { InvalidSettingError } from '../shared/core/contracts/errors.js';
import type { Settings } from '../shared/runtime/settings.js';
import { EXIT_FAILURE } from './exit-codes.js';
import { taskIdFrom } from './client/arguments.js';

/** Reads the settings, and before them what options say. */
type SettingsWith = (given: Record<string, string | undefined>) => Promise<Settings>;

/** `taskledger prove` and `taskledger check`. */
export function addProofs(
  program: Command,
  settingsWith: SettingsWith,
  gathered: (value: string, before: string[]) => string[],
): void {
  program
    .command('prove')
    .description(
      "prove what is on record of a task by the ledger's newest seal, beside the program that writes to it",
    )
    .argument('<task>', "the task's id", taskIdFrom)
    .option('--out <file>', 'file to write the bundle to; standard output by default')
    .option('--older <file>', 'file with a seal that was kept, which the newest one has to continue')
    .option('--data-dir <folder>', 'folder of the embedded ledger (DATA_DIR, default ./data)')
    .action(async (taskId: number, { out, older, dataDir }: Record<string, string | undefined>) => {
      const { bundleOf } = await import('./proof-bundle.js');
      const bundle = await bundleOf(await settingsWith({ DATA_DIR: dataDir }), taskId, older);
      if (out === undefined) process.stdout.write(bundle);
      else await writeFile(out, bundle);
    });
  program
    .command('check')
    .description('check a bundle that `prove` wrote, without a ledger; exit code 1 when it proves nothing')
    .argument('<bundle>', 'the file')
    .option('--key <key>', 'the first public key of the ledger, or a later one (repeatable)', gathered, [])
    .option('--older <file>', 'file with the seal of your own that the newer one has to continue')
    .action(async (file: string, { key, older }: { key: string[]; older?: string }) => {
      if (key.length === 0) throw new InvalidSettingError('check takes --key: whom the seals are to be of');
      const { checkBundle } = await import('./proof-bundle.js');
      if (!(await checkBundle(file, key, older))) process.exitCode = EXIT_FAILURE;
    });
}
