import { destination, pino, stdTimeFunctions } from 'pino';
import type { Logger } from '../ports/logger.js';

/** How much the program says of itself, from most to least. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** One of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * A logger that writes one JSON object a line to standard output: `level` by name, `time` as RFC 3339, the fields, `msg`.
 * Errors belong under `err`. Lines are written at once, so that none is lost when the process ends.
 */
export function createLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (name) => ({ level: name }) },
    },
    destination({ dest: 1, sync: true }),
  );
}
