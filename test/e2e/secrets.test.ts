import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { runTaskledger, startServer } from '../support/server.js';

let folder: string;
let nowhere: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-secrets-'));
  nowhere = `127.0.0.1:${await freePort()}`;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SECRET = /p.{0,3}ss.?w0rd/;

const REFUSED: Record<string, string>[] = [
  { EVENT_STORE_URL: 'kurrentdb://ada:p%40ssw0rd@host:port?tls=maybe&bogus=1' },
  { EVENT_STORE_URL: 'kurrentdb://ada:p@ss/w0rd@host' },
  { READ_MODEL_URL: 'mongodb://ada:p%zzssw0rd@host/?bogus=1' },
  { READ_MODEL_URL: 'postgres://ada:p%40ssw0rd@host/' },
  { NATS_URL: 'nats://ada:p%40ssw0rd@host:port' },
  { NATS_URL: 'nats://ada:p%40ssw0rd@host:4222/path?x=1' },
];

describe('a password in a URL of an engine', () => {
  it.each(REFUSED)('is not in the line that refuses it: %j', async (env) => {
    const settings = { DATA_DIR: join(folder, 'refused'), PORT: '0', ...env };
    const { code, stdout, stderr } = await runTaskledger(['start'], settings);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toMatch(SECRET);
  });

  it('is not in an argument that is refused', async () => {
    const { stderr } = await runTaskledger(['start', '--store=kurrentdb://ada:p%40ssw0rd@host']);
    expect(stderr).toContain('unknown option');
    expect(stderr).not.toMatch(SECRET);
  });

  it('is neither in a warning of Node nor in an error that nobody has caught', async () => {
    const failing = `import { isMainThread } from 'node:worker_threads';
      const { SAID } = process.env;
      const fail = () => (process.emitWarning(SAID), setImmediate(() => { throw new Error('Lost ' + SAID); }));
      if (isMainThread) process.on('SIGUSR2', fail);`;
    const server = await startServer({
      dataDir: join(folder, 'failing'),
      env: {
        SAID: 'mongodb://ada:p%40ssw0rd@host and p@ssw0rd',
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(failing)}`,
      },
    });
    expect(await server.kill('SIGUSR2')).toBe(1);
    expect(server.output()).toContain('Warning: mongodb://ada:***@host and');
    expect(server.output()).toContain('Error: Lost mongodb://ada:***@host and');
    expect(server.output()).not.toMatch(SECRET);
  });

  it('is in no output and no answer while the engine is away, and a flood of errors is a few lines', async () => {
    const server = await startServer({
      dataDir: join(folder, 'away'),
      env: {
        EVENT_STORE_URL: `kurrentdb://ada:p%40ssw0rd@${nowhere}?tls=false&bogus=1`,
        READ_MODEL_URL: `mongodb://ada:p%40ssw0rd@${nowhere}/db`,
      },
    });
    const startedMs = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, at) => {
        const path = at === 0 ? 'health/ready' : `api/v1/tasks/${at}`;
        const response = await fetch(`${server.url}/${path}`);
        return [response.status, await response.text()] as const;
      }),
    );
    expect(new Set(answers.map(([status]) => status))).toEqual(new Set([503]));
    await server.kill('SIGTERM');
    const seconds = (performance.now() - startedMs) / 1000;
    expect(answers.join('\n') + server.output()).not.toMatch(SECRET);
    const lines = server
      .output()
      .split('\n')
      .filter((text) => text.includes('could not be carried out'));
    const counted = lines.reduce(
      (sum, text) => sum + ((JSON.parse(text) as { times?: number }).times ?? 1),
      0,
    );
    expect(counted).toBeGreaterThanOrEqual(299);
    expect(lines.length).toBeLessThanOrEqual(2 * (seconds + 2));
  });
});
