import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { caughtUp } from '../support/api.js';
import { runCli, startCli } from '../support/cli.js';
import { created, lifecycleEvent } from '../support/command-side.js';
import { freePort } from '../support/free-port.js';
import { startServer, type Server } from '../support/server.js';

/** `taskledger watch`, `tail` and `messages --follow` at a server that is killed and started again. */

let dataDir: string;
let server: Server;
let start: () => Promise<void>;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskledger-following-'));
  const PORT = String(await freePort());
  start = async () => {
    server = await startServer({ dataDir, env: { PORT } });
  };
  await start();
});
afterEach(async () => {
  await server.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** Publishes an event of each type about one task. @returns the task's id. */
async function publish(subject: string, ...types: string[]): Promise<string> {
  const data: Record<string, object> = {
    'task.created': { project_id: 1, task_type: 'crawl', total: 3 },
    'task.progressed': { progress: 1 },
    'task.failed': { error_message: 'no more' },
  };
  const input = types.map((type) => JSON.stringify({ type, subject, data: data[type] ?? {} })).join('\n');
  const { code, stdout } = await runCli(['publish', '--json'], { url: server.url }, input);
  expect(code).toBe(0);
  return String((JSON.parse(stdout.split('\n')[0] as string) as { task_id: number }).task_id);
}

describe('taskledger watch', () => {
  it.each([
    ['task.completed', 0],
    ['task.failed', 6],
    ['task.cancelled', 7],
  ])('ends with the task: after %s with %d', async (type, exitCode) => {
    const id = await publish('watched', 'task.created');
    const { said, ended } = startCli(['watch', id], { url: server.url });
    await said(/pending/);
    await publish('watched', 'task.started');
    await said(/running {4}crawl {2}0\/3 {2}watched/);
    await publish('watched', type);
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: exitCode, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    // One that is over already is shown, and ends at once.
    expect(await runCli(['watch', id], { url: server.url })).toMatchObject({ code: exitCode });
  });

  it('goes on when nobody reads its lines any more, for its exit code', async () => {
    const id = await publish('unread', 'task.created');
    const { child, said, ended } = startCli(['watch', id], { url: server.url });
    await said(/pending/);
    child.stdout.destroy();
    await publish('unread', 'task.started', 'task.progressed');
    await publish('unread', 'task.failed');
    expect(await ended).toMatchObject({ code: 6, stderr: '' });
  });

  it('outlives the server', async () => {
    const id = await publish('outlived', 'task.created', 'task.started');
    const { said, ended } = startCli(['watch', id], { url: server.url });
    await said(/running/);
    await server.kill('SIGKILL');
    await said(/trying again/);
    await start();
    await publish('outlived', 'task.completed');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/completed/);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining('trying again'),
      'taskledger: the connection is there again',
    ]);
  });
});

describe('taskledger tail', () => {
  it('follows what matches, over the end of the server, without a gap or a double', async () => {
    await publish('before', 'task.created');
    const args = ['tail', '--json', '--key-prefix', 'tail/', '--status', '!completed', '--after', '0'];
    const { child, said, stdout, ended } = startCli(args, { url: server.url });
    await publish('tail/1', 'task.created', 'task.started', 'task.progressed');
    await said(/"progress":1/);
    await server.kill('SIGKILL');
    await start();
    await publish('tail/1', 'task.completed');
    await publish('tail/2', 'task.created', 'task.started');
    await said(/"key":"tail\/2".*\n.*"running"/);
    const changes = stdout().trimEnd().split('\n');
    expect(changes.map((line) => JSON.parse(line) as object)).toMatchObject([
      { event: 'task', task: { key: 'tail/1', status: 'pending', attempt: 0 } },
      { event: 'task', task: { key: 'tail/1', status: 'running', progress: 0 } },
      { event: 'task', task: { key: 'tail/1', status: 'running', progress: 1 } },
      { event: 'left', task: { key: 'tail/1', status: 'completed', progress: 3 } },
      { event: 'task', task: { key: 'tail/2', status: 'pending' } },
      { event: 'task', task: { key: 'tail/2', status: 'running' } },
    ]);
    const positions = changes.map((line) => (JSON.parse(line) as { position: string }).position);
    expect([...new Set(positions)].sort()).toEqual(positions);
    child.kill('SIGINT');
    expect((await ended).code).toBeNull();
  });

  it('shows a line for each change, and ends in silence once nobody reads them', async () => {
    const { child, said, stdout, ended } = startCli(['tail', '--after', '0'], { url: server.url });
    await publish('tail/3', 'task.created', 'task.started', 'task.progressed');
    await said(/1\/3/);
    expect(stdout().trimEnd().split('\n')).toEqual([
      '     1  pending    crawl  0/3  tail/3',
      '     1  running    crawl  0/3  tail/3',
      '     1  running    crawl  1/3  tail/3',
    ]);
    child.stdout.destroy();
    await publish('tail/3', 'task.completed');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('taskledger messages --follow', () => {
  const post = async (...events: object[]): Promise<void> => {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify(events);
    const response = await fetch(`${server.url}/api/v1/events`, { method: 'POST', headers, body });
    const { data } = (await response.json()) as { data: { outcome: string; task_id: number }[] };
    expect(data.map(({ outcome }) => outcome)).toEqual(events.map(() => 'accepted'));
    taskId = data[0]?.task_id ?? NaN;
  };
  let taskId: number;
  const begun = (): Promise<void> => post(created('said'), lifecycleEvent('started', 'said'));
  const say = (message: string, level = 'info'): Promise<void> =>
    post(lifecycleEvent('progressed', 'said', { message, level }));
  const saidOf = (stdout: string): string[] =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message);

  it('shows what was said and what comes, over the end of the server, and ends with the task', async () => {
    await begun();
    await caughtUp(server.url);
    await say('one', 'warning');
    await say('not shown', 'debug');
    const args = ['messages', 'said', '--follow', '--json', '--level', 'warning'];
    const { said, stdout, ended } = startCli(args, { url: server.url });
    await said(/one/);
    await say('two', 'error');
    await said(/two/);
    await say('not shown either');
    await server.kill('SIGKILL');
    await said(/trying again/);
    await start();
    await say('three', 'warning');
    await said(/three/);
    await post(lifecycleEvent('completed', 'said'));
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(saidOf(stdout())).toEqual(['one', 'two', 'three']);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining('trying again'),
      'taskledger: the connection is there again',
    ]);
    // Of one that is over there is nothing to wait for.
    const over = await runCli(args, { url: server.url });
    expect(over).toEqual({ code: 0, stdout: stdout(), stderr: '' });
  }, 60_000);

  it('ends in silence at Ctrl-C, and once nobody reads its lines', async () => {
    await begun();
    const id = String(taskId);
    await say('one');
    const stopped = startCli(['messages', id, '--follow'], { url: server.url });
    await stopped.said(/one/);
    stopped.child.kill('SIGINT');
    const { code, stdout, stderr } = await stopped.ended;
    expect({ code, stderr }).toEqual({ code: null, stderr: '' });
    expect(stdout).toMatch(/^\S+ \S+ {2}info {5}attempt 1: one\n$/);

    const unread = startCli(['messages', id, '--follow'], { url: server.url });
    await unread.said(/one/);
    unread.child.stdout.destroy();
    await say('two');
    await say('three');
    expect(await unread.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('says that there is no such task', async () => {
    const none = await runCli(['messages', 'nobody', '--follow'], { url: server.url });
    expect(none).toMatchObject({ code: 4, stdout: '' });
  });
});
