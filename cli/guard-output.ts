import { inspect } from 'node:util';
import { TaskledgerError } from '../shared/core/contracts/errors.js';
import { systemLimitOf } from '../shared/core/contracts/system-limits.js';
import { hideSecretsOf, withoutSecrets } from '../shared/runtime/observability/secrets.js';
import { EXIT_FAILURE, EXIT_USAGE } from './exit-codes.js';
import { ExitError } from './exit-error.js';

type Write = (...given: unknown[]) => boolean;

/** How each guarded stream writes what goes past the guard. */
const unguarded = new WeakMap<NodeJS.WritableStream, Write>();

/**
 * Has everything that the process prints go through `withoutSecrets`: what libraries write to the console, warnings, and
 * what nobody has caught, too. All URLs of the environment count, whatever they are for.
 */
export function guardOutput(): void {
  hideSecretsOf(Object.values(process.env).filter((value) => value?.includes('://') === true));
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as Write;
    unguarded.set(stream, write);
    const guarded = (chunk: string | Uint8Array, ...others: unknown[]): boolean => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return write(withoutSecrets(text), ...others);
    };
    stream.write = guarded;
  }
  // Node prints both by itself, past these streams.
  if (process.listenerCount('warning') > 0) {
    process.removeAllListeners('warning');
    process.on('warning', ({ name, message }) => process.stderr.write(`(node) ${name}: ${message}\n`));
  }
  process.on('uncaughtException', (error) => {
    const limit = systemLimitOf(error);
    if (limit === undefined) process.stderr.write(`${inspect(error)}\n`);
    else endWith(error);
    process.exit(limit === undefined ? EXIT_FAILURE : EXIT_USAGE);
  });
}

/**
 * Writes the bytes of another program as they are: they may be no text, and a piece of them may end within a character.
 *
 * @returns as the stream's own `write`.
 */
export function writeUnguarded(stream: NodeJS.WritableStream, bytes: Buffer): boolean {
  return unguarded.get(stream)?.(bytes) ?? stream.write(bytes);
}

/** Says on one line what has ended the program, and sets its exit code. */
export function endWith(error: unknown): void {
  const limit = systemLimitOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const said = limit === undefined || error instanceof TaskledgerError ? message : `${limit}: ${message}`;
  process.stderr.write(`taskledger: ${said.replace(/\s*\n\s*/g, ' ')}\n`);
  if (error instanceof ExitError) {
    process.exitCode = error.exitCode;
    return;
  }
  const isUsage = limit !== undefined || error instanceof TaskledgerError;
  process.exitCode = isUsage ? EXIT_USAGE : EXIT_FAILURE;
}
