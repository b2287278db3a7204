import type { LogFields, Logger } from '../../core/ports/logger.js';

/** How long lines of a kind are counted after one was written. */
const KIND_MS = 1_000;
/** How many kinds are told apart at a time; what comes beyond counts as one kind for each `event`. */
const KINDS_MAX = 200;

type Level = keyof Logger;

/** What came of a kind since its last line. */
interface Repeats {
  count: number;
  level: Level;
  fields: LogFields;
  message: string;
}

/**
 * A log in which a flood is one line a second for each kind. Lines are of a kind when they have the same level and message,
 * and the same code or name of an error. The first is written at once; of those that come within the second after it the
 * last is written at the second's end, and says in `times` how many it stands for.
 */
export class ThinnedLog implements Logger {
  private readonly kinds = new Map<string, Repeats>();

  constructor(private readonly log: Logger) {}

  debug(fields: LogFields, message: string): void {
    this.say('debug', fields, message);
  }

  info(fields: LogFields, message: string): void {
    this.say('info', fields, message);
  }

  warn(fields: LogFields, message: string): void {
    this.say('warn', fields, message);
  }

  error(fields: LogFields, message: string): void {
    this.say('error', fields, message);
  }

  /** Writes what has been counted so far, before the process ends. */
  flush(): void {
    for (const repeats of this.kinds.values()) this.writeRepeats(repeats);
  }

  private say(level: Level, fields: LogFields, message: string): void {
    const known = kindOf(level, fields, message);
    const kind = this.kinds.has(known) || this.kinds.size < KINDS_MAX ? known : `${level}\n${fields.event}`;
    const repeats = this.kinds.get(kind);
    if (repeats !== undefined) {
      Object.assign(repeats, { count: repeats.count + 1, fields, message });
      return;
    }
    this.log[level](fields, message);
    this.kinds.set(kind, { count: 0, level, fields, message });
    this.endLater(kind);
  }

  private endLater(kind: string): void {
    const end = (): void => {
      const repeats = this.kinds.get(kind) as Repeats;
      if (repeats.count === 0) {
        this.kinds.delete(kind);
        return;
      }
      this.writeRepeats(repeats);
      this.endLater(kind);
    };
    setTimeout(end, KIND_MS).unref();
  }

  private writeRepeats(repeats: Repeats): void {
    const { count, level, fields, message } = repeats;
    if (count === 0) return;
    repeats.count = 0;
    this.log[level](count === 1 ? fields : { ...fields, times: count }, message);
  }
}

function kindOf(level: Level, fields: LogFields, message: string): string {
  const { err, reason } = fields as { err?: unknown; reason?: string };
  const { code, name } = (err ?? {}) as { code?: string; name?: string };
  return [level, reason ?? code ?? name ?? '', message].join('\n');
}
