import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PROJECT_ROOT } from '../../examples/pipeline/project-root.js';
import { startServer, type Server } from '../support/server.js';

/** The example and the demo as users run them: built, in processes of their own, against a real Taskledger. */

const RUN_MS_MAX = 120_000;

/** Those that a test left running, by failing, say. */
const running = new Set<Program>();
afterEach(() => Promise.all([...running].map((program) => program.stop())));

/** A process of this project and what it printed. */
class Program {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<unknown[]>;

  constructor(script: string, args: string[], environment: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [join(PROJECT_ROOT, 'dist', script), ...args], {
      env: { ...process.env, LOG_LEVEL: 'warn', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#closed = once(this.child, 'close').finally(() => running.delete(this));
    running.add(this);
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += String(chunk)));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += String(chunk)));
  }

  /** What the first group of a pattern is once the output shows it. */
  async printed(pattern: RegExp): Promise<string> {
    const ended = this.#closed.then(() => {
      throw new Error(`Ended without printing ${String(pattern)}:\n${this.stdout}${this.stderr}`);
    });
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found !== null) {
        ended.catch(() => {});
        return found[1] ?? '';
      }
      await Promise.race([once(this.child.stdout as NonNullable<ChildProcess['stdout']>, 'data'), ended]);
    }
  }

  async exitCode(): Promise<number | null> {
    await this.#closed;
    return this.child.exitCode;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.#closed;
  }
}

async function get(url: string): Promise<any> {
  const answer = (await (await fetch(url)).json()) as { code: number; data: unknown };
  expect(answer.code).toBe(200);
  return answer.data;
}

/** Different words, `w0 w1 w2 …`. */
function words(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, at) => `w${from + at}`).join(' ');
}

let folder: string;
let documents: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-pipeline-'));
  documents = join(folder, 'documents');
  await mkdir(join(documents, 'copies'), { recursive: true });
  const text = `A stream of events needs backpressure. ${words(0, 300)}`;
  await writeFile(join(documents, 'stream.md'), text);
  await writeFile(join(documents, 'copies', 'stream.md'), text);
  await writeFile(join(documents, 'copies', 'edited.md'), `${text} Edited at the end.`);
  await writeFile(join(documents, 'database.txt'), `A memory mapped database. ${words(1_000, 1_300)}`);
  await writeFile(join(documents, 'LICENSE'), 'Permission is hereby granted, free of charge.');
  await writeFile(join(documents, 'program.ts'), 'not documentation');
});
afterAll(() => rm(folder, { recursive: true }));

describe('the example pipeline', () => {
  let taskledger: Server;
  let url: string;

  beforeAll(async () => {
    taskledger = await startServer({ dataDir: join(folder, 'data-1') });
    url = taskledger.url;
  }, RUN_MS_MAX);
  afterAll(() => taskledger.stop());

  it(
    'reports each step as a task with its true progress, result or reason',
    async () => {
      const program = new Program('examples/pipeline/main.js', [documents, '--url', url, '--data', folder]);
      expect([await program.exitCode(), program.stderr]).toEqual([0, '']);
      const items = (await get(`${url}/api/v1/tasks?project_id=1`)).reverse();
      const shown = items.map((item: any) => [item.task_type, item.status, item.progress, item.total]);
      // 5 documents; 4 distinct ones and 16 bands; 5 documents and saving; 6 pairs of 4 distinct documents.
      expect(shown).toEqual([
        ['crawl', 'completed', 5, 5],
        ['dedup', 'completed', 20, 20],
        ['index', 'completed', 6, 6],
        ['keyword_expand', 'completed', 5, 5],
        ['search', 'completed', 3, 3],
        ['search', 'completed', 3, 3],
        ['search', 'completed', 3, 3],
        ['search', 'completed', 3, 3],
        ['ocr', 'completed', 100, 100],
        ['ocr', 'failed', 0, 100],
        ['dedup', 'cancelled', 3, 6],
      ]);
      const details: any[] = [];
      for (const { id } of items) details.push(await get(`${url}/api/v1/tasks/${id}`));
      const [crawl, dedup, index, expand, , search, , , ocr, broken, compared] = details;

      expect(crawl).toMatchObject({ params: { folder: documents }, result: { files: 5, left_out: {} } });
      expect(dedup.result).toMatchObject({
        exact: { groups: 1, superfluous: 1, examples: [{ paths: ['stream.md', 'copies/stream.md'] }] },
        near: { groups: 1, examples: [{ paths: ['stream.md', 'copies/edited.md'] }] },
      });
      expect(index.result).toMatchObject({
        documents: 5,
        index_file: join(folder, 'example-pipeline/index.json'),
      });
      expect(expand.result.keywords[0]).toMatchObject({ keyword: 'stream', documents: 3 });
      expect(search).toMatchObject({ params: { query: 'event stream backpressure' }, result: { hits: 3 } });
      expect(ocr.result.text).toContain('Every background job, on the record.');
      expect(broken.error_message).toBe('Error attempting to read image. (libpng error: Read Error)');
      expect(broken).toMatchObject({ result: {}, params: { file: 'broken-scan.png' } });
      expect(compared).toMatchObject({ result: {}, error_message: '', params: { method: 'all pairs' } });
      for (const { started_at, completed_at } of details) {
        expect(started_at).toEqual(expect.any(String));
        expect(completed_at).toEqual(expect.any(String));
      }
    },
    RUN_MS_MAX,
  );

  it(
    'makes new tasks with each run, and ends where there is nothing to work on',
    async () => {
      const before = await get(`${url}/api/v1/tasks?limit=1000`);
      const program = new Program('examples/pipeline/main.js', [join(folder, 'nowhere'), '--url', url]);
      expect(await program.exitCode()).toBe(1);
      expect(program.stderr).toContain('Nothing to work on');
      const [newest, ...others] = await get(`${url}/api/v1/tasks?limit=1000`);
      expect(others).toEqual(before);
      expect((await get(`${url}/api/v1/tasks/${newest.id}`)).error_message).toContain('ENOENT');
    },
    RUN_MS_MAX,
  );

  it('refuses a wrong argument', async () => {
    const program = new Program('examples/pipeline/main.js', ['--speed', '9']);
    expect(await program.exitCode()).toBe(2);
    expect(program.stderr).toContain("Unknown option '--speed'");
  });
});

describe('the demo', () => {
  const demo = (args: string[], port = '0'): Program => {
    return new Program('examples/demo.js', [documents, ...args], {
      PORT: port,
      DATA_DIR: join(folder, 'data-2'),
    });
  };
  const idsOf = (output: string): number[] => {
    return [...output.matchAll(/^ *(\d+) {2}\w+ +(?:completed|failed|cancelled) /gm)].map(([, id]) =>
      Number(id),
    );
  };

  it(
    'runs the pipeline, shows the tasks and serves until Ctrl-C; a second start goes on with the same data',
    async () => {
      const first = demo([]);
      await first.printed(/^(Serving until Ctrl-C)\.$/m);
      const url = await first.printed(/^Taskledger listens on (\S+)/m);
      const served = (await get(`${url}/api/v1/tasks`)).map(({ id }: { id: number }) => id);
      expect(idsOf(first.stdout)).toEqual(served);
      expect(served).toHaveLength(11);
      expect(first.stdout).toContain(`curl ${url}/api/v1/tasks/${served[0]}`);
      first.child.kill('SIGINT');
      expect([await first.exitCode(), first.stderr]).toEqual([0, '']);
      await expect(fetch(`${url}/api/v1/tasks`)).rejects.toThrow();

      const second = demo(['--exit']);
      expect([await second.exitCode(), second.stderr]).toEqual([0, '']);
      const shown = idsOf(second.stdout);
      expect(shown.slice(11)).toEqual(served);
      expect(Math.min(...shown.slice(0, 11))).toBeGreaterThan(Math.max(...served));
    },
    RUN_MS_MAX,
  );

  it('says in one line that the port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const program = demo([], String(port));
    const code = await program.exitCode();
    taken.close();
    expect(code).toBe(2);
    expect(program.stderr).toMatch(new RegExp(`^[^\\n]*${port} is in use[^\\n]*\\n$`));
  });
});
