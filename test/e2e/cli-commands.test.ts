import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DETAIL_INCLUDES } from '../../clients/typescript/src/wire.js';
import { caughtUp } from '../support/api.js';
import { runCli, startCli } from '../support/cli.js';
import { freePort } from '../support/free-port.js';
import { startServer, type Ended, type Server } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

/** Of the commands that ask a server, each as a process of its own. */

let dataDir: string;
let server: Server;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskledger-cli-'));
  server = await startServer({ dataDir });
});
afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const cli = (...args: string[]): Promise<Ended> => runCli(args, { url: server.url });
const linesOf = ({ stdout }: Ended): any[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Publishes events about tasks that their keys name, and waits until lists show them. */
async function publish(...events: [type: string, subject: string, data?: object][]): Promise<any[]> {
  const input = events.map(([type, subject, data]) => JSON.stringify({ type, subject, data })).join('\n');
  const ended = await runCli(['publish', '--json'], { url: server.url }, input);
  expect(ended).toMatchObject({ code: 0 });
  await caughtUp(server.url);
  return linesOf(ended);
}

const created = (key: string, more: object = {}): [string, string, object] => [
  'task.created',
  key,
  { project_id: 1, task_type: 'crawl', ...more },
];

/** A new task under a key. */
async function newTask(key: string, more?: object): Promise<string> {
  const [{ task_id }] = await publish(created(key, more));
  return String(task_id);
}

describe('taskledger list', () => {
  it('shows tasks as a table, newest first', async () => {
    await publish(created('table/1', { total: 10 }), ['task.started', 'table/1'], created('table/2'));
    await publish(['task.progressed', 'table/1', { progress: 3 }], ['task.completed', 'table/1']);
    const { code, stdout, stderr } = await cli('list', '--key-prefix', 'table/');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d';
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^ *ID {2}STATUS {5}TYPE {3}PROGRESS {2}CREATED \(UTC\) +RAN {2}KEY$/);
    expect(rows).toEqual([
      expect.stringMatching(`^ *\\d+  pending    crawl         0  ${time}       table/2$`),
      expect.stringMatching(`^ *\\d+  completed  crawl     10/10  ${time}  +\\d+s  table/1$`),
    ]);
  });

  it('takes every filter of the API as an option', async () => {
    await publish(created('filters/a/1', { project_id: 21 }), ['task.started', 'filters/a/1']);
    await publish(created('filters/a/2', { project_id: 21, task_type: 'ocr' }), created('filters/b/3'));
    const keys = async (...args: string[]): Promise<string[]> =>
      linesOf(await cli('list', '--json', ...args)).map(({ key }) => key);
    expect(await keys('--project-id', '21')).toEqual(['filters/a/2', 'filters/a/1']);
    expect(await keys('--key-prefix', 'filters/', '--status', '!running')).toEqual([
      'filters/b/3',
      'filters/a/2',
    ]);
    expect(await keys('--key-prefix', 'filters/', '--status', 'running', '--status', 'failed')).toEqual([
      'filters/a/1',
    ]);
    expect(await keys('--type', 'ocr', '--created-after', '2000-01-01T00:00:00Z')).toEqual(['filters/a/2']);
    expect(await keys('--key', 'filters/b/3', '--task-type', 'crawl,ocr')).toEqual(['filters/b/3']);
    expect((await cli('list', '--json', '--created-before', '2000-01-01T00:00:00Z')).stdout).toBe('');
  });

  it('takes --silent without a value', async () => {
    const id = await newTask('alive/1', { heartbeat_s: 1 });
    await publish(['task.started', 'alive/1']);
    const silent = (): Promise<Ended> => cli('list', '--json', '--silent', '--key-prefix', 'alive/');
    await untilTrue(async () => (await silent()).stdout !== '');
    expect(linesOf(await silent())).toMatchObject([{ key: 'alive/1' }]);
    expect((await cli('list', '--json', '--silent', '--status', 'pending')).stdout).toBe('');
    const shown = /^last heard {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/m;
    expect((await cli('show', id)).stdout).toMatch(shown);
    await publish(['task.completed', 'alive/1']);
    await untilTrue(async () => (await silent()).stdout === '');
    expect((await cli('show', id)).stdout).not.toMatch(shown);
  });

  it('prints what the API has, with the members that are asked for', async () => {
    const id = Number(await newTask('members/1', { params: { site: 'example.org' } }));
    const [task] = linesOf(await cli('list', '--json', '--key', 'members/1', '--include', 'key,params'));
    const query = '/api/v1/tasks?key=members/1&include=key,params';
    const { data } = (await (await fetch(server.url + query)).json()) as { data: object[] };
    expect(task).toEqual(data[0]);
    expect(task).toMatchObject({ id, key: 'members/1', params: { site: 'example.org' } });
  });

  it('shows an empty list as its titles', async () => {
    const { code, stdout } = await cli('list', '--key', 'nothing');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'ID  STATUS  TYPE  PROGRESS  CREATED (UTC)  RAN  KEY\n',
    });
  });

  it('follows the next pages for as many as are wanted, and ends in silence when nobody reads on', async () => {
    await publish(...Array.from({ length: 2_300 }, (_, at) => created(`many/${at}`)));
    const many = ['--key-prefix', 'many/', '--json'];
    expect(linesOf(await cli('list', ...many))).toHaveLength(50);
    expect(linesOf(await cli('list', ...many, '--limit', '1500'))).toHaveLength(1_500);
    const keys = linesOf(await cli('list', ...many, '--all')).map(({ key }) => key as string);
    expect(keys).toHaveLength(2_300);
    expect(new Set(keys).size).toBe(2_300);

    const { child, ended } = startCli(['list', ...many, '--all'], { url: server.url });
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('refuses what the API refuses, in its words', async () => {
    expect(await cli('list', '--status', 'done')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^taskledger: status must be one or more of pending, running, .*\n$/),
    });
    expect(await cli('list', '--limit', '0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('It must be an int from 1 to 100000.'),
    });
    expect(await cli('list', '--all', '--limit', '5')).toMatchObject({ code: 2 });
  });
});

describe('taskledger show', () => {
  it('shows a task and its history', async () => {
    const id = await newTask('shown/1', { params: { site: 'example.org' }, total: 3 });
    await publish(
      ['task.started', 'shown/1'],
      ['task.failed', 'shown/1', { error_message: 'first\nsecond' }],
    );
    const late = JSON.stringify({ type: 'task.completed', subject: 'shown/1' });
    expect(await runCli(['publish'], { url: server.url }, late)).toMatchObject({ code: 5 });
    const { code, stdout } = await cli('show', id, '--history');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^id {10}\d+\nkey {9}shown\/1\nproject {5}1\ntype {8}crawl\nstatus {6}failed\n/);
    expect(stdout).toContain('params      {\n              "site": "example.org"\n            }\n');
    expect(stdout).toContain('error       first\n            second\n');
    expect(stdout).toMatch(/history\n.* {2}TaskCreated {2}.*\n.* {2}TaskStarted {2}.*\n.* {2}TaskFailed {2}/);
    expect(stdout).toMatch(/ {2}TaskEventRefused {2}\{"refused":"task\.completed","code":"already_failed"/);
  });

  it('prints the detail of the API in a line, and each entry of the history', async () => {
    const id = await newTask('shown/2');
    const [task, ...history] = linesOf(await cli('show', id, '--json', '--history'));
    const { data } = (await (
      await fetch(`${server.url}/api/v1/tasks/${id}?include=${DETAIL_INCLUDES.join(',')}`)
    ).json()) as any;
    expect(task).toEqual(data);
    expect(history).toMatchObject([{ type: 'TaskCreated', revision: 0, is_evidence: false }]);
  });

  it.each([[['show', '987654']], [['watch', '987654']], [['cancel', '987654']]])(
    '%j: 4, there is no such task',
    async (args) => {
      expect(await cli(...args)).toEqual({ code: 4, stdout: '', stderr: 'taskledger: Task not found\n' });
    },
  );

  it('refuses an id that is none', async () => {
    expect(await cli('show', 'seven')).toMatchObject({ code: 2, stderr: expect.stringContaining("'seven'") });
  });
});

describe('taskledger cancel', () => {
  it('cancels, on record with its reason, and once', async () => {
    const id = await newTask('cancel/1');
    expect(await cli('cancel', id, '--reason', 'wrong seed', '--actor', 'ada')).toEqual({
      ...{ code: 0, stderr: '', stdout: `Task ${id} is cancelled\n` },
    });
    const [, entry] = linesOf(await cli('show', id, '--json', '--history')).slice(1);
    expect(entry).toMatchObject({ type: 'TaskCancelled', data: { reason: 'wrong seed' }, principal: 'ada' });
    expect(await cli('cancel', id)).toEqual({
      code: 5,
      stdout: '',
      stderr: 'taskledger: Cannot cancel task (already cancelled)\n',
    });
  });
});

describe('taskledger publish', () => {
  it('sends the one event that its options say', async () => {
    const data = '{"project_id":1,"task_type":"ocr"}';
    const args = ['publish', '--type', 'task.created', '--subject', 'one/1', '--data', data, '--id', 'one'];
    expect(await cli(...args)).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^accepted {5}task \d+ {2}event one\n$/),
      stderr: 'taskledger: 1 accepted\n',
    });
    expect((await cli(...args)).stderr).toBe('taskledger: 1 duplicate\n');
  });

  it('takes a list, and each event of it by itself, with its numbers as they were written', async () => {
    const good = '{"type":"task.created","subject":"list/1","data":{"project_id":1,"task_type":"ocr"}}';
    const inexact = good.replace('"ocr"', '"ocr","params":{"n":9007199254740993}');
    const input = `\uFEFF [${good}, ${inexact},\n{"type":"task.created","id":"x"}, 5, ${good.replace('/1', '/2')}]`;
    const ended = await runCli(['publish', '--json'], { url: server.url }, input);
    expect(ended.code).toBe(5);
    expect(ended.stderr).toBe('taskledger: 2 accepted, 3 rejected\n');
    const outcomes = linesOf(ended);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      ...['accepted', 'accepted', 'rejected', 'rejected', 'rejected'],
    ]);
    const messages = outcomes.map(({ message }) => message as string).join('\n');
    expect(messages).toMatch(/event 4: an event must be a JSON object/);
    expect(messages).toMatch(/"n" is an integer beyond/);
  });

  it('names the line of what is no JSON, and sends the others', async () => {
    const good = '{"type":"task.created","subject":"lines/1","data":{"project_id":1,"task_type":"ocr"}}';
    const ended = await runCli(['publish'], { url: server.url }, `\n${good}\n{"type":\n`);
    expect(ended).toMatchObject({ code: 5, stderr: 'taskledger: 1 accepted, 1 rejected\n' });
    expect(ended.stdout).toMatch(/^rejected {5}line 3: Malformed JSON/m);
  });

  it('sends what comes slowly as it comes', async () => {
    const { child, said, ended } = startCli(['publish'], { url: server.url });
    child.stdin.write(
      '{"type":"task.created","subject":"slow/1","data":{"project_id":1,"task_type":"ocr"}}\n',
    );
    await said(/^accepted/);
    child.stdin.end('{"type":"task.started","subject":"slow/1"}');
    expect(await ended).toMatchObject({ code: 0, stderr: 'taskledger: 2 accepted\n' });
  });

  it('goes on when nobody reads the outcomes any more', async () => {
    const { child, ended } = startCli(['publish'], { url: server.url });
    child.stdout.destroy();
    const events = Array.from({ length: 1_500 }, (_, at) =>
      JSON.stringify({ type: 'task.created', subject: `unread/${at}`, data: created('')[2] }),
    );
    child.stdin.end(events.join('\n'));
    expect(await ended).toMatchObject({ code: 0, stderr: 'taskledger: 1500 accepted\n' });
  });

  it('refuses half an event, and data that is no object', async () => {
    expect(await cli('publish', '--subject', 'x')).toMatchObject({ code: 2 });
    expect(await cli('publish', '--type', 'task.created', '--data', '[]')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('It must be a JSON object.'),
    });
    expect(await cli('publish', '--type', 'task.done')).toMatchObject({ code: 2 });
    expect(await runCli(['publish'], { url: server.url }, '[{]')).toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining('The list of events on stdin is not JSON') },
    });
  });
});

describe('taskledger stats', () => {
  it('counts, as tables and as JSON', async () => {
    await publish(created('stats/1', { project_id: 33, task_type: 'dedup' }), ['task.started', 'stats/1']);
    await publish(['task.completed', 'stats/1']);
    await caughtUp(server.url, 'stats');
    const { code, stdout } = await cli('stats', '--project-id', '33');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^all +1 +0 +0 +1 +0 +0$/m);
    const whole = (await cli('stats')).stdout;
    expect(whole).toMatch(/^dedup +1 +0 +0 +1 +0 +0 +\d+\.\d{3}s +\d+\.\d{3}s$/m);
    expect(whole).toMatch(/^ +33 +1 +0 +0 +1 +0 +0$/m);
    const [stats] = linesOf(await cli('stats', '--json', '--project-id', '33'));
    expect(stats).toMatchObject({ total: 1, by_status: { completed: 1 } });
    expect(await cli('stats', '--project-id', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('project_id must be an int'),
    });
  });
});

describe('taskledger errors', () => {
  it('shows each error once, as a table and as JSON', async () => {
    const project = { project_id: 44, task_type: 'dedup' };
    await publish(
      ...[1, 2].flatMap((number): [string, string, object?][] => [
        created(`errors/${number}`, project),
        ['task.attempt_failed', `errors/${number}`, { error_message: 'no answer', error_type: 'Timeout' }],
        ['task.failed', `errors/${number}`, { error_message: `page ${number} is blank\nat one` }],
      ]),
    );
    await caughtUp(server.url, 'series');
    const { code, stdout, stderr } = await cli('errors', '--project-id', '44');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(
      /^FAILED  RETRIED  FIRST SEEN \(UTC\) +LAST SEEN \(UTC\) +NEWEST TASK  ERROR KEY +TYPE +ERROR$/,
    );
    const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d';
    expect(rows).toEqual([
      expect.stringMatching(`^ +2 +0  ${time}  ${time} +\\d+  [0-9a-f]{16} +page 2 is blank$`),
      expect.stringMatching(`^ +0 +2  ${time}  ${time} +\\d+  [0-9a-f]{16}  Timeout  no answer$`),
    ]);
    const [first, second] = linesOf(await cli('errors', '--json', '--type', 'dedup', '--project-id', '44'));
    expect(first).toMatchObject({ count: 2, attempts: 0, by_project: [{ project_id: 44, count: 2 }] });
    const one = await cli('errors', '--json', '--error-key', second.error_key, '--project-id', '44');
    expect(linesOf(one)).toEqual([second]);
    const limited = await cli(
      'errors',
      '--json',
      '--limit',
      '1',
      '--from',
      '2025-03-12T10:00:00Z',
      '--to',
      '2025-03-12T11:00:00Z',
    );
    expect(limited).toMatchObject({ code: 2, stderr: expect.stringContaining('from must be') });
    expect(await cli('errors', '--from', 'now')).toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining('from must be a time') },
    });
  });
});

describe('taskledger messages', () => {
  it('shows what a task has said, by its id or its key, and from a level on', async () => {
    const id = await newTask('said/1');
    await publish(
      ['task.started', 'said/1'],
      ['task.progressed', 'said/1', { message: 'page 1\nis blank', level: 'warning' }],
      ['task.progressed', 'said/1', { message: 'done' }],
    );
    const { code, stdout } = await cli('messages', 'said/1');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^\S+ \S+Z  warning  attempt 1: page 1\n    is blank\n\S+ \S+Z  info     attempt 1: done\n$/,
    );
    expect((await cli('messages', id)).stdout).toBe(stdout);
    const [message, ...more] = linesOf(await cli('messages', id, '--json', '--level', 'warning'));
    expect({ message, more }).toMatchObject({
      message: { message: 'page 1\nis blank', revision: 2 },
      more: [],
    });
    expect((await cli('messages', id, '--level', 'error')).stdout).toBe('');
    expect(await cli('messages', id, '--level', 'loud')).toMatchObject({ code: 2 });
    for (const unknown of ['987654', 'said/2'])
      expect(await cli('messages', unknown)).toEqual({
        code: 4,
        stdout: '',
        stderr: 'taskledger: Task not found\n',
      });
  });
});

describe('what others have written', () => {
  // Of C0 and C1 what colours, moves, names and turns round; only keys of letters are refused as numbers.
  const HOSTILE = 'evil\u001b[2J\u009b31m\u202e\u2028\u0007\r/x';

  it('shows on a terminal and does nothing else there', async () => {
    const id = await newTask(HOSTILE, { params: { [HOSTILE]: HOSTILE } });
    await publish(
      ['task.started', HOSTILE],
      ['task.failed', HOSTILE, { error_message: `${HOSTILE}\n\u001b]0;x\u0007` }],
    );
    const shown = [
      await cli('list', '--key', HOSTILE),
      await cli('list', '--key', HOSTILE, '--json', '--include', 'key,params,error_message'),
      await cli('show', id, '--history'),
      await cli('show', id, '--history', '--json'),
      await cli('watch', id),
      await cli('publish', '--type', 'task.created', '--id', HOSTILE),
    ];
    for (const { stdout, stderr } of shown) {
      expect(stdout).toContain('\\u001b[2J\\u009b31m\\u202e\\u2028');
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
    }
    const [task] = linesOf(shown[1] as Ended);
    expect(task).toMatchObject({ key: HOSTILE, params: { [HOSTILE]: HOSTILE } });
  });
});

describe('a Taskledger that is not there', () => {
  it.each([
    [['list']],
    [['show', '1']],
    [['watch', '1']],
    [['tail']],
    [['cancel', '1']],
    [['publish', '--type', 'task.started', '--subject', 'x']],
    [['stats']],
    [['errors']],
    [['messages', '1']],
  ])('%j: 3, and the line says where it was looked for', async (args) => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await runCli(args, { url });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(url);
    expect(stderr).toContain('ECONNREFUSED');
  });

  it('is not what something else answers', async () => {
    const other = createServer((_, response) => response.writeHead(404).end('<h1>Not here</h1>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    for (const args of [['list'], ['tail'], ['publish', '--type', 'task.started']])
      expect(await runCli(args, { url })).toMatchObject({ code: 3, stderr: expect.stringContaining('404') });
    await new Promise((resolve) => other.close(resolve));
  });

  it.each([
    ['localhost:8000', '--url must be a URL such as http://127.0.0.1:8000'],
    ['nats://127.0.0.1:4222', '--url must be a URL such as http://127.0.0.1:8000'],
    ['http://ada:s3cret@127.0.0.1:8000', '--url must be without a user and a password'],
  ])('%s is no place for it', async (url, line) => {
    const { code, stderr } = await cli('list', '--url', url);
    expect(code).toBe(2);
    expect(stderr).toContain(line);
    expect(stderr).not.toContain('s3cret');
  });
});
