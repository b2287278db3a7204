import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { MAIN, type Ended } from './server.js';

/** How a command is started. */
export interface CliOptions {
  /** Where Taskledger is. */
  url: string;
  env?: Record<string, string>;
  cwd?: string;
}

/** A `taskledger` command under way. */
export interface Cli {
  child: ChildProcessWithoutNullStreams;
  /** What it has said so far on stdout and stderr. */
  stdout: () => string;
  stderr: () => string;
  /** Resolves when something of this is on stdout or stderr; rejects when it has ended without. */
  said: (pattern: RegExp) => Promise<void>;
  ended: Promise<Ended>;
}

/** Starts a `taskledger` command that asks a Taskledger. */
export function startCli(args: readonly string[], { url, env = {}, cwd }: CliOptions): Cli {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, TASKLEDGER_URL: url, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  let [stdout, stderr] = ['', ''];
  const waiting = new Set<() => void>();
  const look = (): void => waiting.forEach((each) => each());
  child.stdout.setEncoding('utf8').on('data', (text: string) => ((stdout += text), look()));
  child.stderr.setEncoding('utf8').on('data', (text: string) => ((stderr += text), look()));
  // It may end without reading all that it is given.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  const said = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(stdout) && !pattern.test(stderr)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`It ended without ${pattern}: ${stdout}${stderr}`)));
    });
  return { child, stdout: () => stdout, stderr: () => stderr, said, ended };
}

/** Runs one to its end. @param input What it reads. */
export async function runCli(args: readonly string[], options: CliOptions, input = ''): Promise<Ended> {
  const { child, ended } = startCli(args, options);
  child.stdin.end(input);
  return ended;
}
