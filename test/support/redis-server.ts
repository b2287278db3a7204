import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.js';

/** What is missing on this machine for tests on Redis; `undefined` when nothing is. */
export function missingRedis(): string | undefined {
  try {
    execFileSync('redis-server', ['--version']);
    return undefined;
  } catch {
    return 'no redis-server on this machine (scripts/backends/redis.sh installs it)';
  }
}

/** A Redis of its own, with nothing in it and nothing on disk. */
export class RedisServer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Starts one and waits until it takes connections. @throws Error when it ends before. */
  static async start(): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'taskledger-redis-'));
    const port = await freePort();
    const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
    const child = spawn('redis-server', [...where, '--save', '', '--appendonly', 'no'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout }))
      if (line.includes('Ready to accept connections')) {
        child.stdout.resume();
        return new RedisServer(`redis://127.0.0.1:${port}`, child, folder);
      }
    throw new Error('redis-server ended before it took connections');
  }

  /** Stops it. */
  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
