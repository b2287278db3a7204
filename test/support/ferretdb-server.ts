import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.js';

const BINARY = resolve('.backends/bin/ferretdb');
const START_MS_MAX = 60_000;
const LOOK_DELAY_MS = 20;

/**
 * A FerretDB with its data in a temporary folder, on a port of 127.0.0.1 that stays the same over restarts. What it has
 * answered survives `kill`; it does not wait for the disk, so the machine must not fail.
 */
export class FerretDbServer {
  private process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  /** Where its data is, for tests that restore it while the server is down. */
  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  /** Whether it was built by `scripts/backends/mongodb.sh`. */
  static isThere(): boolean {
    return existsSync(BINARY);
  }

  /** Finds a port and a folder; `start` starts it. */
  static async make(): Promise<FerretDbServer> {
    const folder = await mkdtemp(join(tmpdir(), 'taskledger-ferretdb-'));
    await mkdir(join(folder, 'data'));
    return new FerretDbServer(await freePort(), folder);
  }

  /** Starts it on the data that is there, and waits until it takes connections. */
  async start(): Promise<void> {
    const child = spawn(
      BINARY,
      [
        '--handler=sqlite',
        `--sqlite-url=file:${this.folder}/data/?_pragma=synchronous(off)`,
        `--state-dir=${this.folder}`,
        `--listen-addr=127.0.0.1:${this.port}`,
        '--debug-addr=-',
        '--telemetry=disable',
        '--log-level=ERROR',
      ],
      { stdio: 'ignore' },
    );
    this.process = child;
    const deadlineMs = performance.now() + START_MS_MAX;
    while (!(await takesConnections(this.port))) {
      if (child.exitCode !== null) throw new Error(`FerretDB ended with ${child.exitCode} at its start`);
      if (performance.now() > deadlineMs) throw new Error(`FerretDB did not start within ${START_MS_MAX} ms`);
      await delay(LOOK_DELAY_MS);
    }
  }

  /** Ends it as a crash would. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Lets it stand still; connections stay open. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  /** Ends it and takes its data away. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
