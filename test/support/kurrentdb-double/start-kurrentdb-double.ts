import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
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
  /** Lets the subscriptions that are open say nothing any more, while everything else goes on. */
  stallSubscriptions(): void;
  /** What it was asked for and has given, since it was started. */
  counts(): Promise<KurrentDbCounts>;
  /** Tells it something of `controls.mjs`; resolves when it is so. A restart forgets it. */
  tell(name: string, ...args: unknown[]): Promise<unknown>;
}

/** Calls, but for appends, of which one call carries many. */
export interface KurrentDbCounts {
  appends: number;
  streamReads: number;
  allReads: number;
  subscriptions: number;
  /** By reads and subscriptions. */
  eventsGiven: number;
}

export interface KurrentDbDoubleOptions {
  /** By default one that is free. */
  port?: string;
  /** Keeps the events; without it they are gone when the process ends. */
  file?: string;
  /** PEM files; with them it speaks TLS. */
  certificate?: string;
  key?: string;
  /** `USER:PASSWORD`; whoever comes without is refused. */
  credentials?: string;
  /** How many events a second a subscription, a read and a filtered read give at most; by default all that they can. */
  subscriptionRate?: number;
  readRate?: number;
  filteredReadRate?: number;
  /** MaxAppendSize; by default that of the server up to 24.10. */
  appendBytesMax?: number;
}

/** What was measured of a real 26.1. */
export const REAL_RATES = { subscriptionRate: 2_500, readRate: 26_000, filteredReadRate: 8_900 };

export async function startKurrentDbDouble(options: KurrentDbDoubleOptions = {}): Promise<KurrentDbDouble> {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
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
    tell: (name, ...args) => tell(child, name, args),
    stallSubscriptions: () => void tell(child, 'stallSubscriptions', []),
    counts: async () => (await tell(child, 'counts', [])) as KurrentDbCounts,
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

async function tell(child: ChildProcess, name: string, args: unknown[]): Promise<unknown> {
  const id = randomUUID();
  const done = new Promise<unknown>((resolve) => {
    const answered = ({ id: answeredId, result }: { id?: string; result?: unknown }): void => {
      if (answeredId !== id) return;
      child.off('message', answered);
      resolve(result);
    };
    child.on('message', answered);
  });
  child.send({ id, name, args });
  return done;
}
