import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer, type Server } from '../support/server.js';

/** Where scripts/backends/sdks.sh has put what is not among the project's packages. */
const BUILT = resolve('.backends/sdks');
const JAVA = `${BUILT}/java`;

/** What sends a task's life by the SDK of each language: a command that is given the address. */
const PROGRAMS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  javascript: [process.execPath, 'test/sdks/javascript/send.mjs'],
  python: [`${BUILT}/python/bin/python`, 'test/sdks/python/send.py'],
  go: [`${BUILT}/go/send`],
  java: ['java', '-cp', [`${JAVA}/classes`, `${JAVA}/lib/*`].join(':'), 'Send'],
};

/** The events of that life, in order: what they are called in the ledger. */
const LIFE = [
  'TaskCreated',
  'TaskStarted',
  'TaskProgressed',
  'TaskProgressed',
  'TaskProgressed',
  'TaskProgressed',
  'TaskCompleted',
];

let server: Server;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-sdks-'));
  server = await startServer({ dataDir: folder });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

for (const [language, [command, ...args]] of Object.entries(PROGRAMS)) {
  describe(`the CloudEvents SDK of ${language}`, () => {
    const there = language === 'javascript' || existsSync(`${BUILT}/${language}/stamp`);
    if (!there) {
      it.todo('is not on this machine (scripts/backends/sdks.sh brings it)');
      return;
    }
    let answers: Map<string, any>;

    beforeAll(async () => {
      const { stdout } = await promisify(execFile)(command, [...args, server.url]);
      const lines = stdout.trimEnd().split('\n');
      answers = new Map(lines.map((line) => JSON.parse(line)).map(({ name, answer }) => [name, answer]));
    });

    /** What became of the events of those requests whose name begins so. */
    const outcomes = (start: string): any[] =>
      [...answers].flatMap(([name, { data }]) => (name.startsWith(start) ? data : []));
    const get = async (path: string): Promise<any> => {
      const response = await fetch(`${server.url}/api/v1/tasks/${path}`);
      return ((await response.json()) as { data: unknown }).data;
    };

    it('publishes what its README has for an example', () => {
      const { code } = answers.get('plain');
      expect(code).toBe(200);
      expect(answers.get('plain-structured')?.code ?? 200).toBe(200);
    });

    it('publishes in all three modes', () => {
      const accepted = { outcome: 'accepted', reason: 'accepted' };
      const sent = ['binary', 'structured', 'batch'].flatMap(outcomes);
      expect(sent).toMatchObject(LIFE.map((_, at) => ({ ...accepted, event_id: String(at + 1) })));
      expect(outcomes('binary').length).toBeGreaterThanOrEqual(2);
      expect(outcomes('structured').length).toBeGreaterThanOrEqual(2);
      expect(outcomes('batch')).toHaveLength(2);
    });

    it('has each attribute arrive as it was given, in each mode', async () => {
      const id = outcomes('batch')[0].task_id;
      expect(await get(`${id}?include=key`)).toMatchObject({
        key: `sdk/${language}/Köln – 東京`,
        status: 'completed',
        progress: 4,
        total: 4,
        params: { city: 'Köln' },
        result: { title: 'Übersicht' },
        created_at: '2025-03-12T09:00:00',
        completed_at: '2025-03-12T09:00:00',
      });
      const history = await get(`${id}/history`);
      const event = {
        source: `/sdks/${language}`,
        occurred_at: '2025-03-12T09:00:00.123Z',
        metadata: {
          ce_dataschema: 'https://example.org/schemas/task.json',
          ce_origin: 'Zürich ☃ 100 %',
          ce_sequence: '7',
          // In binary mode that of Python writes True.
          ce_urgent: expect.stringMatching(/^true$/i),
        },
      };
      expect(history).toMatchObject({ intact: true, events: LIFE.map((type) => ({ type, ...event })) });
      expect(history.events[5].data).toMatchObject({ progress: 4, message: 'fertig – 完' });
    });

    it('is told why what can only be guessed at is refused', () => {
      const refused = [...answers].filter(([name]) => name.startsWith('refused'));
      expect(Object.fromEntries(refused.map(([name, { code, message }]) => [name, [code, message]]))).toEqual(
        {
          'refused-string': [400, 'data: must be an object'],
          ...(language === 'javascript' && {
            'refused-latin1': [400, 'Header ce-subject must be UTF-8, plain or percent-encoded'],
          }),
        },
      );
    });
  });
}
