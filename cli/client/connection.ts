import { Option } from 'commander';
import { DEFAULT_URL } from '../../clients/typescript/src/client-options.js';
import { TaskledgerRefusedError, TaskledgerUnavailableError } from '../../clients/typescript/src/errors.js';
import { JsonHttp } from '../../clients/typescript/src/json-http.js';
import type { RetryPolicy } from '../../clients/typescript/src/retries.js';
import { hideSecretsOf } from '../../shared/runtime/observability/secrets.js';
import { EXIT_NOT_FOUND, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_USAGE } from '../exit-codes.js';
import { ExitError } from '../exit-error.js';
import { printable } from './printable.js';

/** How long one request may take. */
const REQUEST_MS_MAX = 10_000;

/** Four tries, about two seconds: somebody waits in front of it. Each may be sent again without a second effect. */
const RETRY: RetryPolicy = { attemptsMax: 4, retryDelayMsMin: 200, retryDelayMsMax: 2_000 };

/** Where Taskledger is asked, and how often. */
export interface Connection {
  http: JsonHttp;
  retry: RetryPolicy;
}

/** `--url`, which every command that asks a Taskledger has. */
export function urlOption(): Option {
  const option = new Option('--url <url>', 'where Taskledger is').env('TASKLEDGER_URL').default(DEFAULT_URL);
  // A variable that is empty is as one that is not set.
  return option.argParser((url) => url || DEFAULT_URL);
}

/** The way to a Taskledger. @throws ExitError when it is no URL of HTTP. */
export function connectTo(url: string): Connection {
  hideSecretsOf([url]);
  const { protocol, username, password } = URL.canParse(url) ? new URL(url) : NO_URL;
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new ExitError(`--url must be a URL such as ${DEFAULT_URL}, or https://…`, EXIT_USAGE);
  if (username !== '' || password !== '')
    throw new ExitError('--url must be without a user and a password', EXIT_USAGE);
  return { http: new JsonHttp(url, REQUEST_MS_MAX), retry: RETRY };
}

const NO_URL = { protocol: '', username: '', password: '' };

/** What ends the program for what a Taskledger, or the way to it, has thrown. Whatever else was thrown stays as it is. */
export function exitErrorOf(error: unknown): unknown {
  if (error instanceof TaskledgerUnavailableError)
    return new ExitError(printable(error.message), EXIT_UNREACHABLE, { cause: error });
  if (error instanceof TaskledgerRefusedError)
    return new ExitError(printable(error.message), exitCodeOf(error), { cause: error });
  return error;
}

function exitCodeOf({ reason }: TaskledgerRefusedError): number {
  // What does not say why is not Taskledger: a proxy, or another program.
  if (reason === undefined) return EXIT_UNREACHABLE;
  if (reason === 'invalid_request') return EXIT_USAGE;
  return reason === 'task_not_found' ? EXIT_NOT_FOUND : EXIT_REFUSED;
}
