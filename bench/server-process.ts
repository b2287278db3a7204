import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process of this project that serves HTTP, for being measured from outside. */
export interface ServerProcess {
  url: string;
  child: ChildProcess;
  stop(): Promise<void>;
}

/** Often enough to tell a start that is quick from one that is slow. */
const ASK_AGAIN_MS = 5;

/** As `npm start` has it. */
export const NODE_FLAGS = ['--max-semi-space-size=64', '--min-semi-space-size=32', '--v8-pool-size=1'];

const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** Starts the built program, or another composition of it, with a data folder of its own and waits until it listens. */
export function startTaskledger(
  dataDir: string,
  script = MAIN,
  env: Record<string, string> = {},
): Promise<ServerProcess> {
  return startServer([...NODE_FLAGS, script, 'start'], {
    ...env,
    DATA_DIR: dataDir,
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'error',
  });
}

/** Starts a script that prints a line ending with the URL it listens on. */
export async function startServer(args: string[], env: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /listens on (http:\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      child,
      async stop() {
        if (child.exitCode !== null) return;
        child.kill('SIGTERM');
        await once(child, 'exit');
      },
    };
  }
  throw new Error(`${args.join(' ')} ended before it listened`);
}

/** Waits until the read model holds all that was sent. */
export async function caughtUp(url: string, timeoutMs = 120_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs) {
    const { data } = (await (await fetch(`${url}/health/ready`)).json()) as {
      data: { parts: { projector: { lag_events?: number; caught_up: boolean } } };
    };
    const { lag_events, caught_up } = data.parts.projector;
    if (caught_up && lag_events === 0) return;
    await delay(ASK_AGAIN_MS);
  }
  throw new Error(`The read model did not catch up within ${timeoutMs} ms`);
}
