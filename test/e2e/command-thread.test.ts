import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startServer } from '../support/server.js';

const FAILING = pathToFileURL(resolve('test/support/fail-command-thread.mjs')).href;

describe('the thread of the commands', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-thread-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  const create = (url: string): Promise<Response> =>
    fetch(`${url}/api/v1/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ project_id: 1, task_type: 'ocr' }),
    });

  it.each([
    ['SIGUSR2', 'an error that nobody catches', 'Nobody has foreseen this'],
    ['SIGWINCH', 'an end that nobody asked for', 'The command thread has ended with code 0'],
  ] as const)('takes the process with it on %s: %s', async (signal, _, message) => {
    const server = await startServer({ dataDir, env: { NODE_OPTIONS: `--import ${FAILING}` } });
    expect((await create(server.url)).status).toBe(201);
    expect(await server.kill(signal)).toBe(1);
    const lines = server.output().split('\n');
    const logged = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as object);
    expect(logged).toEqual([
      expect.objectContaining({
        level: 'error',
        event: 'command_thread_failed',
        msg: 'The command thread has failed, and the process ends',
        err: expect.objectContaining({ message, stack: expect.any(String) }),
      }),
    ]);
    const again = await startServer({ dataDir });
    expect((await create(again.url)).status).toBe(201);
    await again.stop();
  });
});
