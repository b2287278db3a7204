import { pino, stdTimeFunctions } from 'pino';
import type { LogFields, Logger } from '../../core/ports/logger.js';
import { LogWriter } from './log-writer.js';
import { loggedError } from './logged-error.js';
import { hideSecretsOf, lineWithoutSecrets } from './secrets.js';
import { ThinnedLog } from './thinned-log.js';

/** How much the program says of itself, from most to least. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** One of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a logger has to know of the settings. */
export interface LogSettings {
  logLevel: LogLevel;
  eventStoreUrl?: string | undefined;
  readModel?: { url: string } | undefined;
  nats?: { url: string } | undefined;
  sealing?: { url: string | undefined } | undefined;
}

const STDOUT = 1;

/**
 * A logger that writes one JSON object a line to standard output: `level` by name, `time` as RFC 3339, the
 * fields with `event` (`LOG_EVENTS`), `msg`.
 * Errors belong under `err` (`loggedError`). Nobody waits for whoever reads it (`LogWriter`), a flood is one line a second for each kind
 * (`ThinnedLog`), and no line has a password or token of the settings' URLs (`hideSecretsOf`).
 */
export function createLogger({ logLevel, eventStoreUrl, readModel, nats, sealing }: LogSettings): Logger {
  hideSecretsOf([eventStoreUrl, readModel?.url, nats?.url, sealing?.url]);
  const options = {
    level: logLevel,
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (name: string) => ({ level: name }) },
    serializers: { err: loggedError },
  };
  // It is written like any other line, but not by the logger, which would have to wait for its own writer.
  const droppedLine = (lines: number): string => {
    let text = '';
    pino(options, { write: (line) => (text = line) }).warn(
      { event: 'log_lines_dropped', lines } satisfies LogFields,
      'Lines of the log were dropped, since they could not be written fast enough',
    );
    return text;
  };
  const writer = new LogWriter(STDOUT, droppedLine);
  const log = new ThinnedLog(pino(options, { write: (line) => writer.write(lineWithoutSecrets(line)) }));
  // Before the writer's own end, which was asked for earlier.
  process.prependOnceListener('exit', () => log.flush());
  return log;
}
