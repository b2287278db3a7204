import { once } from 'node:events';

/** What a terminal calls itself that knows no colours. */
const DUMB = 'dumb';

/**
 * Standard output, for people or for pipes. When whoever reads it has gone (`| head -1`), nothing is written any more and
 * nobody is told of an error.
 */
export class Output {
  readonly #gone = new AbortController();

  /** @param asJson Whether lines of JSON are wanted. @param noColour Whether no colours are. */
  constructor(
    readonly asJson: boolean,
    private readonly noColour: boolean,
    private readonly stream: NodeJS.WriteStream = process.stdout,
  ) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.#gone.abort();
    });
    outliveStderr();
  }

  /** Aborted when nobody reads any more: what only shows may end then. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Whether people read it, and not a program. */
  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** Whether there are colours: on a terminal, unless `--no-color` or `NO_COLOR` (no-color.org) says otherwise. */
  get colours(): boolean {
    const { NO_COLOR = '', TERM } = process.env;
    return this.isTerminal && !this.noColour && NO_COLOR === '' && TERM !== DUMB;
  }

  /** Writes lines, and waits while whoever reads is slow. */
  async lines(...lines: string[]): Promise<void> {
    if (this.gone.aborted || lines.length === 0) return;
    if (this.stream.write(`${lines.join('\n')}\n`)) return;
    await once(this.stream, 'drain', { signal: this.gone }).catch((error: Error) => {
      if (!this.gone.aborted) throw error;
    });
  }
}

/** Goes on when nobody reads stderr any more: what can't be said there can't be said anywhere. */
export function outliveStderr(): void {
  process.stderr.on('error', () => undefined);
}

/** Says something on stderr that is no result: that the connection is lost, say. */
export function note(text: string): void {
  process.stderr.write(`taskledger: ${text}\n`);
}
