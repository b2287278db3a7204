import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('use-ledger.mjs', import.meta.url));

/** A process of its own that uses a ledger's folder (see `use-ledger.mjs`; it needs the build). */
export class LedgerProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #wake: () => void = () => undefined;
  #over = false;
  #errors = '';

  /** @param fileKilobytesMax how large its files may become. */
  constructor(
    what: 'append' | 'hold' | 'leave' | 'follow' | 'fill',
    folder: string,
    fileKilobytesMax?: number,
  ) {
    const command = [process.execPath, SCRIPT, what, folder];
    const limited = ['bash', '-c', `ulimit -f ${fileKilobytesMax} && exec "$@"`, 'bash', ...command];
    const [program, ...args] = (fileKilobytesMax === undefined ? command : limited) as [string, ...string[]];
    this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stderr?.on('data', (text) => (this.#errors += text));
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
    this.#ended = Promise.all([
      new Promise((resolve) => lines.once('close', resolve)),
      new Promise((resolve) => this.#child.once('close', resolve)),
    ]).then(() => {
      this.#over = true;
      this.#wake();
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Waits until what it said meets a condition; fails when it ends before. */
  async until(condition: (lines: readonly string[]) => boolean): Promise<void> {
    while (!condition(this.lines)) {
      if (this.#over) throw new Error(`The process ended early: ${this.#errors}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Sends a signal and waits until it is gone and everything it said is here. Answers its exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.exit();
  }

  /** Waits until it is gone. Answers its exit code. */
  async exit(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }
}
