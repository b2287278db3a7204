import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { freePort } from './free-port.js';

const BUILT = resolve('.backends/bin');

/** Where nats-server is on this machine: as it was built by `scripts/backends/nats.sh`, or on PATH. */
export function natsServerBinary(): string | undefined {
  return [BUILT, ...(process.env.PATH ?? '').split(delimiter)]
    .map((folder) => join(folder, 'nats-server'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** What tests that need a server are called where there is none. */
export const NO_NATS = 'NATS: no nats-server on this machine (scripts/backends/nats.sh builds one)';

/** A nats-server with JetStream on a port of its own, which can be killed and started again with what it had on disk. */
export class NatsServer {
  private child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly args: readonly string[],
  ) {}

  /** @param args Further arguments of nats-server. */
  static async start(...args: string[]): Promise<NatsServer> {
    const server = await NatsServer.prepare(...args);
    await server.run();
    return server;
  }

  /** Only chooses the port; `run` starts it. */
  static async prepare(...args: string[]): Promise<NatsServer> {
    return new NatsServer(await freePort(), await mkdtemp(join(tmpdir(), 'taskledger-nats-')), args);
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it (again), and waits until it takes connections. */
  async run(): Promise<void> {
    const binary = natsServerBinary();
    if (binary === undefined) throw new Error(NO_NATS);
    const fixed = ['-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', this.folder];
    // Jest has a copy of the environment, which a test may add to.
    const { env } = process;
    const child = spawn(binary, [...fixed, ...this.args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    let log = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-20_000);
        if (log.includes('Server is ready')) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`nats-server ended: ${log}`)));
    });
  }

  /** Ends it, by default at once and without a word. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Has it stand still; connections stay open. When this answers, none of its threads runs any more. */
  freeze(): void {
    const pid = this.child?.pid;
    if (pid === undefined) return;
    process.kill(pid, 'SIGSTOP');
    for (let looked = 0; looked < 10_000 && !isStopped(pid); looked++);
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends it and forgets what it had. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Whether each thread of a process is stopped, as far as the system says so (proc_pid_stat(5)). */
function isStopped(pid: number): boolean {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.every((thread) => / T /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')));
  } catch {
    return true;
  }
}
