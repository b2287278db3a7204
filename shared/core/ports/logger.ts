import type { LogEvent } from './log-events.js';

/** The members of a line beside its message. */
export interface LogFields {
  /** What the line says, by a name that stays. */
  readonly event: LogEvent;
  readonly [field: string]: unknown;
}

/** Has one line written, at a level and with further fields that whoever gives this has chosen. */
export type TellLine = (event: LogEvent, message: string) => void;

/** What the program says of itself: structured fields first, then one sentence (pino's order). */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
