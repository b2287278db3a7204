import { Option, type Command } from 'commander';
import {
  TaskCancelledError,
  TaskledgerClosedError,
  TaskledgerRefusedError,
} from '../../clients/typescript/src/errors.js';
import { TaskledgerClient } from '../../clients/typescript/src/taskledger-client.js';
import { hideSecretsOf } from '../../shared/runtime/observability/secrets.js';
import { intFrom, jsonObjectFrom } from '../client/arguments.js';
import { connectTo, urlOption } from '../client/connection.js';
import { note, outliveStderr } from '../client/output.js';
import { printable } from '../client/printable.js';
import { DEFAULT_SOURCE } from '../client/source.js';
import { EXIT_NOT_RUN } from '../exit-codes.js';
import { ExitError } from '../exit-error.js';
import { runCommand, type CommandEnd } from './run-command.js';

/** How long it waits for Taskledger before the command is started, and after its end, until it is started or ends without. */
const AWAY_AFTER_MS = 2_000;

/** How long it is tried at the end to send what is left. */
const CLOSE_MS_MAX = 10_000;

const PROJECT_DEFAULT = 1;
const GRACE_SECONDS_DEFAULT = 10;
const GRACE_SECONDS_MAX = 3_600;
const INT_MAX = 2 ** 31 - 1;

interface RunOptions {
  url: string;
  type: string;
  projectId: number;
  key?: string;
  params?: string;
  grace: number;
}

/** `taskledger run`. */
export function addRun(program: Command): void {
  program
    .command('run')
    .description(
      'run a command and record it as a task, which can be cancelled; the exit code is that of the command',
    )
    .argument('<command...>', 'the command and its arguments, after --')
    .passThroughOptions()
    .requiredOption('--type <type>', "the task's type")
    .addOption(
      new Option('--project-id <id>', "the task's project")
        .argParser(intFrom(0, INT_MAX))
        .default(PROJECT_DEFAULT),
    )
    .option('--key <key>', "the task's key: with one that has run already, the command is not run again")
    .addOption(new Option('--params <json>', "the task's params").argParser(jsonObjectFrom))
    .addOption(
      new Option('--grace <seconds>', 'how long the command has to end after a cancel, until it is killed')
        .argParser(intFrom(0, GRACE_SECONDS_MAX))
        .default(GRACE_SECONDS_DEFAULT),
    )
    .addOption(urlOption())
    .action(async (command: [string, ...string[]], options: RunOptions) => {
      process.exitCode = await run(command, options);
    });
}

/**
 * Runs a command as the work of a task: what happens to it is published by the client for TypeScript, which keeps it while
 * Taskledger is away and hears of a cancel.
 *
 * @returns the exit code.
 */
async function run(command: [string, ...string[]], options: RunOptions): Promise<number> {
  const { type: taskType, projectId, key, params, grace } = options;
  outliveStderr();
  const ledger = clientOf(options);
  // While Taskledger is waited for nothing else may keep the process.
  const stays = setInterval(() => undefined, INT_MAX);
  let end: CommandEnd | undefined;
  try {
    const creation = {
      ...{ taskType, projectId },
      ...(key !== undefined && { key }),
      ...(params !== undefined && { params: JSON.parse(params) as object }),
    };
    const { status } = await ledger.run(creation, async ({ signal }) => {
      end = await runCommand(command, { signal: cancelOf(signal), graceMs: grace * 1000 });
      // What it would have said itself.
      if (!end.isStarted) note(printable(end.text));
      if (end.exitCode !== 0) throw failureOf(end);
      return { exit_code: end.exitCode, seconds: end.seconds };
    });
    if (status === 'cancelled') note(`the task was cancelled: ${end?.text ?? 'the command was not run'}`);
  } catch (error) {
    if (!(error instanceof TaskledgerRefusedError)) throw error;
    if (end === undefined)
      throw new ExitError(`the command was not run: ${printable(error.message)}`, EXIT_NOT_RUN);
    note(`how it ended is not on record: ${printable(error.message)}`);
  } finally {
    await close(ledger);
    clearInterval(stays);
  }
  return end?.exitCode ?? EXIT_NOT_RUN;
}

/** Is aborted by a cancel alone: a command whose end nobody records any more goes on all the same. */
function cancelOf(signal: AbortSignal): AbortSignal {
  const cancelled = new AbortController();
  const look = (): void => {
    if (signal.reason instanceof TaskCancelledError) cancelled.abort();
  };
  signal.addEventListener('abort', look, { once: true });
  if (signal.aborted) look();
  return cancelled.signal;
}

/** Its text is the task's error message. */
function failureOf({ text, lastLines }: CommandEnd): Error {
  return new Error(lastLines === '' ? text : `${text}: ${lastLines}`);
}

/** Over HTTP or NATS, as the client can. @throws ExitError for a URL of neither. */
function clientOf({ url }: RunOptions): TaskledgerClient {
  hideSecretsOf([url]);
  // Of NATS it may be a list of them.
  if (!/^(nats|tls):\/\/./.test(url)) connectTo(url);
  return new TaskledgerClient({
    ...{ url, source: DEFAULT_SOURCE, awayAfterMs: AWAY_AFTER_MS },
    onWarning: (message) => note(printable(message)),
  });
}

/** Sends what is left. What the command has come to counts more than that it could not be told. */
async function close(ledger: TaskledgerClient): Promise<void> {
  try {
    await ledger.close({ timeoutMs: CLOSE_MS_MAX });
  } catch (error) {
    if (!(error instanceof TaskledgerClosedError)) throw error;
    note(`not all of it is on record: ${error.message}`);
  }
}
