import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runTaskledger, startServer, type Server } from '../support/server.js';

/** `taskledger replay` beside the server that writes. */

let dataDir = '';
let server: Server;
/** The id of each task. */
const ids = new Map<string, number>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskledger-replay-'));
  server = await startServer({ dataDir });
  await publish('created', 'ocr/1', { project: 'papers', task_type: 'ocr', labels: { team: 'a', day: '1' } });
  await publish('created', 'crawl/1', { project_id: 7, task_type: 'crawl', labels: { team: 'a' } });
  await publish('started', 'ocr/1', {});
  await publish('progressed', 'ocr/1', { progress: 3, message: 'page\n3' });
  await publish('completed', 'ocr/1', { result: { pages: 12 } });
  await publish('failed', 'crawl/1', { error_message: 'no route to host' });
  // What is refused is no event of the task's.
  await publish('started', 'ocr/1', {});
}, 60_000);

afterAll(async () => {
  await server.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

async function publish(type: string, subject: string, data: object): Promise<void> {
  const event = {
    specversion: '1.0',
    id: `${subject} ${type} ${ids.size}`,
    source: '/replay',
    subject,
    data,
  };
  const answer = await fetch(`${server.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ ...event, type: `task.${type}` }]),
  });
  const { data: outcomes } = (await answer.json()) as { data: { task_id: number }[] };
  if (outcomes[0]) ids.set(subject, outcomes[0].task_id);
}

const replay = (...args: string[]) =>
  runTaskledger(['replay', ...args], { DATA_DIR: dataDir, LOG_LEVEL: 'error' });

/** Its lines of JSON. */
async function replayed(...args: string[]): Promise<any[]> {
  const { code, stdout, stderr } = await replay('--format', 'ndjson', ...args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const told = (events: any[]) => events.map(({ task_id, type }) => [task_id, type]);

describe('a replay', () => {
  it('has every event of every task in the order in which it was recorded, as histories have it', async () => {
    const events = await replayed();
    const [ocr, crawl] = [ids.get('ocr/1'), ids.get('crawl/1')];
    expect(told(events)).toEqual([
      [ocr, 'TaskCreated'],
      [crawl, 'TaskCreated'],
      [ocr, 'TaskStarted'],
      [ocr, 'TaskProgressed'],
      [ocr, 'TaskCompleted'],
      [crawl, 'TaskFailed'],
    ]);
    const history = await fetch(`${server.url}/api/v1/tasks/${ocr}/history`);
    const { data } = (await history.json()) as { data: { events: object[] } };
    const ofOcr = events.filter(({ task_id }) => task_id === ocr);
    expect(ofOcr).toEqual(data.events.map((event) => ({ task_id: ocr, ...event })));
    expect(await replayed('--task', 'ocr/1')).toEqual(ofOcr);
    expect(await replayed('--task', String(ocr))).toEqual(ofOcr);
  });

  it('has only what is asked for', async () => {
    const all = await replayed();
    const types = async (...args: string[]) => told(await replayed(...args)).map(([, type]) => type);
    expect(await types('--project', 'papers')).toHaveLength(4);
    expect(await types('--project-id', '7')).toEqual(['TaskCreated', 'TaskFailed']);
    expect(await types('--type', 'crawl')).toEqual(['TaskCreated', 'TaskFailed']);
    expect(await types('--type', 'crawl', '--type', 'ocr')).toHaveLength(6);
    expect(await types('--label', 'team:a')).toHaveLength(6);
    expect(await types('--label', 'team:a', '--label', 'day:1')).toHaveLength(4);
    expect(await types('--task', 'ocr/1', '--label', 'day:2')).toEqual([]);

    const [second, fourth] = [all[1], all[3]];
    const between = ['TaskCreated', 'TaskStarted', 'TaskProgressed'];
    expect(await types('--from', second.position, '--to', fourth.position)).toEqual(between);
    expect(await types('--from', second.position, '--to', fourth.recorded_at)).toEqual(between);
    expect(await types('--from', fourth.recorded_at, '--task', 'ocr/1')).toEqual([
      'TaskProgressed',
      'TaskCompleted',
    ]);
    expect(await types('--from', '2100-01-01T00:00:00+02:00')).toEqual([]);
    expect(await types('--to', '2020-01-01T00:00:00Z')).toEqual([]);
  });

  it('is a table for people, and CloudEvents as the feed has them', async () => {
    const table = (await replay('--task', 'ocr/1')).stdout.split('\n');
    expect(table[0]).toMatch(
      /^RECORDED \(UTC\) +POSITION +TASK +EVENT +STATUS +PROGRESS +PROJECT +TYPE +KEY$/,
    );
    expect(table[3]).toMatch(/ TaskProgressed +running +3 +\d+ +ocr +ocr\/1$/);
    expect(table).toHaveLength(6);
    const { stdout } = await replay('--format', 'cloudevents', '--project-id', '7');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { specversion: '1.0', type: 'task.created', subject: String(ids.get('crawl/1')) },
      { type: 'task.failed', data: { error_message: 'no route to host' } },
    ]);
  });

  it.each([
    [
      ['--from', 'yesterday'],
      2,
      '--from must be a position of the ledger, or a time such as 2025-03-12T10:00:00Z',
    ],
    [['--to', '2025-02-30T00:00:00Z'], 2, '--to must be a position'],
    [['--project', 'nobody'], 2, 'There is no project "nobody"'],
    [['--project-id', 'x'], 2, 'It must be an int'],
    [['--format', 'csv'], 2, 'Allowed choices are table, ndjson, cloudevents'],
    [['--task', 'no/such'], 4, 'Task not found'],
    [['--task', '999999'], 4, 'Task not found'],
  ])('says what is wrong: %j', async (args, code, message) => {
    const ended = await replay(...args);
    expect({ ...ended, stderr: ended.stderr.includes(message) }).toEqual({ code, stdout: '', stderr: true });
  });
});

it('what does not verify is not printed, and told', async () => {
  await server.stop();
  const ledger = join(dataDir, 'ledger');
  const [segment] = (await readdir(ledger)).filter((name) => name.endsWith('.log'));
  const file = await open(join(ledger, segment as string), 'r+');
  const bytes = await file.readFile();
  const at = bytes.indexOf('/replay', bytes.indexOf('TaskStarted'));
  expect(at).toBeGreaterThan(0);
  await file.write(Buffer.from('!'), 0, 1, at);
  await file.close();
  const { code, stdout, stderr } = await replay('--format', 'ndjson');
  expect(code).toBe(1);
  expect(stderr).toMatch(/task-\d+@\d+: /);
  const types = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  // Neither the event, nor what can't be told to follow it.
  expect(types.length).toBeGreaterThanOrEqual(3);
  expect(types.length).toBeLessThan(6);
});
