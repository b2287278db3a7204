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

export interface KurrentDbDoubleOptions {
  /** Keeps the events; without it they are gone when the process ends. */
  file?: string;
  /** PEM files; with them it speaks TLS. */
  certificate?: string;
  key?: string;
  /** `USER:PASSWORD`; whoever comes without is refused. */
  credentials?: string;
}

export async function startKurrentDbDouble(options: KurrentDbDoubleOptions = {}): Promise<KurrentDbDouble> {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value as string]);
  const started = await start(['--port', '0', ...args]);
  const { port } = started;
  let { child } = started;
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
      ({ child } = await start(['--port', String(port), ...args]));
    },
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
  };
}

async function start(args: string[]): Promise<{ child: ChildProcess; port: number }> {
  // The channel tells it when this process is gone.
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const port = /^listening (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return { child, port: Number(port) };
  }
  throw new Error('The double of KurrentDB ended before it listened');
}
