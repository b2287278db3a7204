import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { InvalidSettingError } from '../shared/core/contracts/errors.js';
import { collected } from './client/arguments.js';
import { addClientCommands } from './client/client-commands.js';
import { addCompletion } from './completion/completion.js';
import { addKeys } from './keys.js';
import { EXIT_FAILURE, EXIT_USAGE } from './exit-codes.js';
import { addProofs } from './prove.js';
import { addReplay } from './replay/add-replay.js';
import { addRun } from './run/run.js';
import { settingsWith } from './settings-with.js';

const manifest = new URL('../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };

const program = new Command('taskledger')
  .description('The record, the monitor and the cancel switch for background jobs that run elsewhere')
  .version(version)
  // What stands after the command that `run` is given is that command's own.
  .enablePositionalOptions()
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(oneLine(text)) });

program
  .command('start')
  .description('serve the API and record what pipelines publish, until SIGTERM, SIGINT or SIGHUP')
  .option('--port <port>', 'TCP port of the API; 0 takes a free one (PORT, default 8000)')
  .option('--host <address>', 'address to listen on (HOST, default 127.0.0.1)')
  .option('--data-dir <folder>', 'folder of the embedded stores (DATA_DIR, default ./data)')
  .option(
    '--roles <roles>',
    'all, or some of commands,query,projector,feed,watchdog,sealer (ROLES, default all)',
  )
  .option('--log-level <level>', 'debug, info, warn, error or silent (LOG_LEVEL, default info)')
  .addHelpText(
    'after',
    `
An option goes before the environment variable in brackets. Further variables:
  EVENT_STORE_URL  kurrentdb://… or esdb://… instead of the embedded ledger
  READ_MODEL_URL   mongodb://… instead of the embedded read model
  READ_MODEL_READ_MS, READ_MODEL_WRITE_MS, READ_MODEL_LEASE_MS  how long it may take, and a projector may be silent
  NATS_URL         nats://… instead of the bus in process; NATS_CREDS and NATS_CA name files with credentials and authorities
  NATS_REPLICAS    1, 3 or 5: how many servers of NATS the streams that are made are kept on
  SERIES_KEEP_DAYS how many days the series of what was created, started and ended go back, default 400
  SEAL_KEY_FILE    key that the ledger is sealed with (taskledger keys new), every SEAL_SECONDS, default 60
  SEAL_FILE, SEAL_URL  file that seals are appended to, address that they are posted to
  VERSIONS_KEEP_DAYS how many days the versions of tasks go back, by which lists are shown as they were, default 90, or 0 with READ_MODEL_URL
  TASK_TYPES       task types beside the default six, separated by commas; * takes any
  ALLOWED_HOSTS    host names under which the API may be asked, beside loopback and IP addresses
  BASE_PATH        /taskledger, for instance, where a proxy has it under a path
  ALLOW_ANONYMOUS  true allows a HOST that other machines can reach, without any login
`,
  )
  .action(async (options: Record<string, string | undefined>) => {
    const { port, host, dataDir, roles, logLevel } = options;
    const given = { PORT: port, HOST: host, DATA_DIR: dataDir, ROLES: roles, LOG_LEVEL: logLevel };
    const { start } = await import('./start.js');
    await start(await settingsWith(given), version);
  });

program
  .command('rebuild')
  .description(
    'build the read model again from the ledger beside the one that serves, and swap (not the embedded one)',
  )
  .action(async () => {
    const { rebuildReadModel } = await import('./rebuild.js');
    if (!(await rebuildReadModel(await settingsWith({})))) process.exitCode = EXIT_FAILURE;
  });

program
  .command('verify')
  .description(
    'verify every event of the ledger, on all processors, also while Taskledger writes to it; exit code 1 on any fault',
  )
  .option('--data-dir <folder>', 'folder of the embedded ledger (DATA_DIR, default ./data)')
  .option('--key <key>', 'and all seals, by the first public key of the ledger (repeatable)', collected, [])
  .option('--seal <file>', 'and that seals that were kept outside fit; takes --key')
  .action(async ({ dataDir, key, seal }: VerifyOptions) => {
    const { verify } = await import('./verify.js');
    const { keyFrom, readKeptSeals } = await import('./kept-seals.js');
    if (seal !== undefined && key.length === 0) throw new InvalidSettingError('--seal takes --key as well');
    const kept = seal === undefined ? [] : await readKeptSeals(seal);
    const seals = key.length === 0 ? undefined : { keys: key.map(keyFrom), kept };
    if (!(await verify(await settingsWith({ DATA_DIR: dataDir }), seals))) process.exitCode = EXIT_FAILURE;
  });

program
  .command('backup <folder>')
  .description(
    'copy the embedded ledger into a folder, also while Taskledger writes to it, and verify the copy',
  )
  .option('--data-dir <folder>', 'folder of the embedded ledger (DATA_DIR, default ./data)')
  .action(async (folder: string, { dataDir }: DataDirOption) => {
    const { backup } = await import('./backup.js');
    await backup(await settingsWith({ DATA_DIR: dataDir }), folder);
  });

program
  .command('restore <folder>')
  .description('put a backup where there is no ledger, verified; the read model is built again by itself')
  .option('--data-dir <folder>', 'folder of the embedded ledger (DATA_DIR, default ./data)')
  .action(async (folder: string, { dataDir }: DataDirOption) => {
    const { restore } = await import('./backup.js');
    await restore(await settingsWith({ DATA_DIR: dataDir }), folder);
  });

addReplay(program);
addProofs(program);
addKeys(program);
addClientCommands(program);
addRun(program);
addCompletion(program);

/**
 * Carries out what the command line says.
 *
 * @throws TaskledgerError for a setting or a folder that can't be used; whatever else goes wrong is thrown too.
 */
export async function runProgram(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end here too; commander has said what there is to say.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  }
}

interface DataDirOption {
  dataDir?: string;
}

interface VerifyOptions extends DataDirOption {
  key: string[];
  seal?: string;
}

/** What commander says of an argument, as one line; what it takes to be meant stands in a second one. */
function oneLine(text: string): string {
  return `${text
    .replace(/^error: /, 'taskledger: ')
    .trimEnd()
    .replaceAll('\n', ' ')}\n`;
}
