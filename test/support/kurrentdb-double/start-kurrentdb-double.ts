import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

// Relative to the project, where npm runs everything, so that it is found from the build as well.
const SCRIPT = resolve('test/support/kurrentdb-double/main.mjs');

/** A double of KurrentDB in a process of its own. */
export interface KurrentDbDouble {
  /** The connection string for the client. */
  readonly url: string;
  readonly port: number;
  /** Ends it as an operator does. */
  stop(): Promise<void>;
  /** Ends it in the middle of whatever it does. */
  kill(): Promise<void>;
  /** Starts it anew on the same port, with what is in its file. */
  restart(): Promise<void>;
  /** Lets it stand still, as a machine does that is out of memory; connections stay open. */
  freeze(): void;
  thaw(): void;
}

/** @param file that keeps the events; without it they are gone when the process ends. */
export async function startKurrentDbDouble(file?: string): Promise<KurrentDbDouble> {
  let [child, port] = await start(0, file);
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    url: `kurrentdb://127.0.0.1:${port}?tls=false`,
    port,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL');
      [child] = await start(port, file);
    },
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
  };
}

async function start(wanted: number, file: string | undefined): Promise<[ChildProcess, number]> {
  const args = [SCRIPT, '--port', String(wanted), ...(file === undefined ? [] : ['--file', file])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // Whoever started it may be killed as well; it ends with the machine's other processes of this test run then.
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^listening (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return [child, Number(port)];
  }
  throw new Error('The double of KurrentDB ended before it listened');
}
