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
