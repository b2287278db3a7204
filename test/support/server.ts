import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** The built program, seen from the project's folder, where npm runs everything. */
export const MAIN = resolve('dist/cli/main.js');

/** A started Taskledger, in a process of its own. */
export interface Server {
  url: string;
  child: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** Sends a signal and waits for the end. Answers the exit code; null when the signal ended it. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
  /** Stops it in order. Fails when it does not exit with 0. */
  stop(): Promise<void>;
}

/** How a command ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the `taskledger` command to its end. */
export async function runTaskledger(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** A program that neither listens nor ends after so long hangs. */
const START_MS_MAX = 60_000;

/** It ended, or was ended, before it listened. */
export class NotStartedError extends Error {
  constructor(
    /** Its exit code; null when a signal ended it. */
    readonly code: number | null,
    readonly output: string,
  ) {
    super(`Taskledger ended before it listened: ${output}`);
  }
}

/** Starts Taskledger on a free port and waits until it listens. @throws NotStartedError when it does not come to that. */
export async function startServer({
  dataDir,
  env = {},
  onSpawn = () => undefined,
}: {
  dataDir: string;
  env?: Record<string, string>;
  /** Is given the process before it listens. */
  onSpawn?: (child: ChildProcess) => void;
}): Promise<Server> {
  const child = spawn(process.execPath, [MAIN, 'start'], {
    env: environment({ PORT: '0', LOG_LEVEL: 'warn', DATA_DIR: dataDir, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onSpawn(child);
  const closed = once(child, 'close') as Promise<[number | null]>;
  let output = '';
  const hangs = setTimeout(() => child.kill('SIGKILL'), START_MS_MAX);
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const listening = /listens on (http:\S+)/.exec(output)?.[1];
      if (listening !== undefined) resolve(listening);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    closed.then(([code]) => reject(new NotStartedError(code, output)), reject);
  }).finally(() => clearTimeout(hangs));
  const kill = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return (await closed)[0];
  };
  return {
    url,
    child,
    output: () => output,
    kill,
    async stop() {
      const code = await kill('SIGTERM');
      if (code !== 0) throw new Error(`Taskledger ended with ${code}: ${output}`);
    },
  };
}

/** The settings of the tests alone, whatever is set on this machine. */
function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, ...env };
}
