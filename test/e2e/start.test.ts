import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MAIN, runTaskledger, startServer } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

let folder = '';
let dataDir = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-start-'));
  dataDir = join(folder, 'data');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts Taskledger by a line of shell; `"$@"` in it is the command. */
async function runInShell(line: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn('sh', ['-c', line, 'sh', process.execPath, MAIN, 'start'], {
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

describe('taskledger', () => {
  it('tells its version and how it is used', async () => {
    const version = await runTaskledger(['--version']);
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    const help = await runTaskledger(['start', '--help']);
    expect(help).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/--port[\s\S]*--data-dir[\s\S]*TASK_TYPES/),
    });
  });

  it.each([
    [['start'], { PORT: 'eight' }, 'PORT must be an int from 0 to 65535'],
    [['start', '--port', '70000'], {}, 'PORT must be an int from 0 to 65535'],
    [
      ['start'],
      { READ_MODEL_LEASE_MS: '10' },
      'READ_MODEL_LEASE_MS must be an int from 1000 to 600000, in milliseconds',
    ],
    [
      ['start'],
      { READ_MODEL_READ_MS: '5s' },
      'READ_MODEL_READ_MS must be an int from 100 to 60000, in milliseconds',
    ],
    [['start'], { NATS_REPLICAS: '2' }, 'NATS_REPLICAS must be one of 1, 3, 5'],
    [['start'], { ROLES: 'queries' }, 'ROLES must be one of commands, query, projector'],
    [
      ['start', '--roles', 'query'],
      {},
      'ROLES must be all without EVENT_STORE_URL, READ_MODEL_URL, NATS_URL',
    ],
    [['start'], { LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of debug, info, warn, error, silent'],
    [['start'], { HOST: '0.0.0.0' }, 'HOST 0.0.0.0 lets other machines in'],
    [['start'], { HOST: '192.0.2.1', ALLOW_ANONYMOUS: 'true' }, "HOST 192.0.2.1 can't be listened on"],
    [['start'], { ALLOW_ANONYMOUS: 'yes' }, 'ALLOW_ANONYMOUS must be one of true, false'],
    [
      ['start'],
      { TASK_TYPES: 'Bad Type' },
      'TASK_TYPES must be names of 1 to 128 of A-Z, a-z, 0-9 and _.:/-',
    ],
    [['start'], { SERIES_KEEP_DAYS: '0' }, 'SERIES_KEEP_DAYS must be an int from 1 to 10000, in days'],
    [['start'], { VERSIONS_KEEP_DAYS: '-1' }, 'VERSIONS_KEEP_DAYS must be an int from 0 to 10000, in days'],
    [['start'], { READ_MODEL_URL: 'postgres://x' }, 'READ_MODEL_URL must be a URL such as mongodb://'],
    [['start'], { EVENT_STORE_URL: 'mongodb://x' }, 'EVENT_STORE_URL must be a URL such as kurrentdb://'],
    [['start'], { NATS_URL: 'http://x' }, 'NATS_URL must be a URL such as nats://'],
    [
      ['start', '--roles', 'feed'],
      { NATS_URL: 'nats://x' },
      'ROLES must be all without EVENT_STORE_URL, READ_MODEL_URL',
    ],
    [['rebuild'], {}, 'READ_MODEL_URL is not set: the embedded read model is built again by'],
    [['start', '--colour'], {}, "unknown option '--colour'"],
    [['stop'], {}, "unknown command 'stop'"],
  ])('ends with one clear line and 2: %j %j', async (args, env, line) => {
    const { code, stdout, stderr } = await runTaskledger(args, {
      DATA_DIR: dataDir,
      LOG_LEVEL: 'error',
      ...env,
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^taskledger: [^\n]+\n$/);
    expect(stderr).toContain(line);
  });

  it('ends so for a port in use, and for a folder that another process uses', async () => {
    const server = await startServer({ dataDir });
    const port = new URL(server.url).port;
    const samePort = await runTaskledger(['start', '--port', port], { DATA_DIR: join(folder, 'other') });
    expect(samePort).toMatchObject({ code: 2, stderr: `taskledger: PORT ${port} is in use on 127.0.0.1\n` });
    const sameFolder = await runTaskledger(['start', '--port', '0'], { DATA_DIR: dataDir });
    expect(sameFolder.code).toBe(2);
    expect(sameFolder.stderr).toMatch(new RegExp(`^taskledger: [^\\n]*${server.child.pid}[^\\n]*\\n$`));
    await server.stop();
  });

  it('ends so for a folder that is none of its own', async () => {
    await mkdir(join(dataDir, 'ledger'), { recursive: true });
    await writeFile(join(dataDir, 'ledger', 'data.mdb'), 'no database');
    const { code, stderr } = await runTaskledger(['start', '--port', '0'], { DATA_DIR: dataDir });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^taskledger: [^\n]*ledger[^\n]*\n$/);
  });

  it('ends so when the folder is a file', async () => {
    await writeFile(dataDir, '');
    await chmod(dataDir, 0o600);
    const { code, stderr } = await runTaskledger(['start', '--port', '0'], { DATA_DIR: dataDir });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^taskledger: [^\n]+\n$/);
  });

  it.each([
    ['where nobody can make one', '/proc/taskledger', 'no folder can be made there'],
    ['that is a link to nowhere', 'link', 'it is a link to nowhere'],
    ['below a link to nowhere', 'link/below', 'it is a link to nowhere'],
    ['of too long a name', 'x'.repeat(300), 'its name is too long'],
  ])('ends so for a folder %s', async (_what, path, reason) => {
    await symlink(join(folder, 'nowhere', 'at', 'all'), join(folder, 'link'));
    const dataDir = resolve(folder, path);
    const { code, stdout, stderr } = await runTaskledger(['start', '--port', '0'], { DATA_DIR: dataDir });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^taskledger: [^\n]+\n$/);
    expect(stderr).toContain(reason);
  });

  it.each([22, 40, 60, 100, 115, 200, 300])(
    'ends so when it may open no more than %d files',
    async (files) => {
      const { code, stderr } = await runInShell(`ulimit -n ${files}; exec "$@"`);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^taskledger: [^\n]*too many (open files|files are open)[^\n]*\n$/);
    },
  );

  it('ends with 0 on a signal while it starts, without having started', async () => {
    // It takes connections and never says anything.
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      const child = spawn(process.execPath, [MAIN, 'start'], {
        env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, NATS_URL: `nats://127.0.0.1:${port}` },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const [connection] = (await once(silent, 'connection')) as [Socket];
      child.kill(signal);
      expect(await once(child, 'close')).toEqual([0, null]);
      expect(output).toBe('');
      connection.destroy();
    }
    silent.close();
  });

  it('leaves nothing behind when `npm start` is ended', async () => {
    const npm = spawn('npm', ['start', '--silent'], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    npm.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await untilTrue(() => output.includes('listens on'));
    const pid = Number(/"pid":(\d+)/.exec(output)?.[1]);
    npm.kill('SIGTERM');
    await once(npm, 'close');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'drains and exits with 0 on %s, sent once or twice',
    async (signal) => {
      for (const times of [1, 2]) {
        const server = await startServer({ dataDir });
        for (let more = 1; more < times; more++) server.child.kill(signal);
        expect(await server.kill(signal)).toBe(0);
      }
    },
  );

  it('answers what is under way before it exits, and goes on with the same data', async () => {
    const server = await startServer({ dataDir });
    const create = (): Promise<Response> =>
      fetch(`${server.url}/api/v1/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ project_id: 1, task_type: 'ocr' }),
      });
    const first = await create();
    expect(first.status).toBe(201);
    const underWay = Promise.allSettled(Array.from({ length: 50 }, create));
    const code = server.kill('SIGTERM');
    const answered = (await underWay).filter((one) => one.status === 'fulfilled' && one.value.status === 201);
    expect(await code).toBe(0);
    const again = await startServer({ dataDir });
    const { data } = (await (await fetch(`${again.url}/api/v1/tasks?limit=1000`)).json()) as {
      data: unknown[];
    };
    expect(data.length).toBeGreaterThanOrEqual(1 + answered.length);
    await again.stop();
  });
});
