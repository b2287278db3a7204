import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { caughtUp } from '../support/api.js';
import { startServer, type Server } from '../support/server.js';

const RUN_MS_MAX = 120_000;

/** The blocks of JavaScript in a text of Markdown. */
function examplesIn(markdown: string): string[] {
  return [...markdown.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code as string);
}

/** The package as a user gets it: packed, and installed from that file without a network. */
describe('the package of the TypeScript client', () => {
  let folder: string;
  let server: Server;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-package-'));
    const npm = (cwd: string, ...args: string[]) =>
      promisify(execFile)('npm', args, {
        cwd,
        env: { ...process.env, npm_config_cache: join(folder, 'cache') },
      });
    const { stdout } = await npm('.', 'pack', '--json', '--pack-destination', folder, './clients/typescript');
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    await writeFile(join(folder, 'package.json'), '{"private":true}');
    await npm(folder, 'install', '--offline', '--no-audit', '--no-fund', join(folder, filename));
    await mkdir(join(folder, 'papers'));
    for (const paper of ['a.txt', 'b.txt', 'c.txt']) await writeFile(join(folder, 'papers', paper), 'Text.');
    server = await startServer({ dataDir: join(folder, 'data') });
  }, RUN_MS_MAX);

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(code: string, file = 'pipeline.mjs'): Promise<string> {
    await writeFile(join(folder, file), code);
    const env = { PATH: process.env.PATH, TASKLEDGER_URL: server.url };
    // Node before 20.19 has no `require` for ES modules.
    const options = ['--no-experimental-require-module', file];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, options, {
      cwd: folder,
      env,
    });
    return stdout + stderr;
  }

  it("runs the README's ten lines as they stand there", async () => {
    const [example, ...others] = examplesIn(await readFile('README.md', 'utf8'));
    expect(others).toEqual([]);
    expect(example?.trimEnd().split('\n')).toHaveLength(10);
    expect(await run(example as string)).toBe('');
    await caughtUp(server.url);
    const { data } = (await (await fetch(`${server.url}/api/v1/tasks/1`)).json()) as { data: object };
    expect(data).toMatchObject({
      ...{ project_id: 1, task_type: 'crawl', status: 'completed', progress: 3, total: 3, result: {} },
      params: { files: ['a.txt', 'b.txt', 'c.txt'] },
    });
  });

  it('runs every example of its own README', async () => {
    const examples = examplesIn(await readFile('clients/typescript/README.md', 'utf8'));
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples) expect(await run(example)).not.toMatch(/Warning|Error/);
  });

  it('sends what nobody waited for before the process ends by itself', async () => {
    const code = `import { TaskledgerClient } from '@taskledger/client';
      const ledger = new TaskledgerClient({ source: '/x' });
      const task = await ledger.create({ projectId: 77, taskType: 'ocr' });
      void task.started();
      void task.completed({ text: 'read' });\n`;
    expect(await run(code)).toBe('');
    await caughtUp(server.url);
    const { data } = (await (await fetch(`${server.url}/api/v1/tasks?project_id=77`)).json()) as {
      data: object[];
    };
    expect(data).toMatchObject([{ status: 'completed' }]);
  });

  it('warns of what it could not send before the process ends by itself', async () => {
    const code = `import { TaskledgerClient } from '@taskledger/client';
      const ledger = new TaskledgerClient({
        url: 'http://127.0.0.1:1', source: '/x', awayAfterMs: 0, exitFlushMsMax: 50,
      });
      await ledger.run({ projectId: 78, taskType: 'ocr' }, () => {});\n`;
    const said = await run(code);
    expect(said).toMatch(/TASKLEDGER_AWAY.*can't be reached/);
    expect(said).toMatch(/TASKLEDGER_UNSENT.*3 events could not be sent and are lost/);
  });

  it('says which package NATS needs', async () => {
    const code = `import { TaskledgerClient } from '@taskledger/client';
      try { new TaskledgerClient({ url: 'nats://127.0.0.1:4222', source: '/x' }); }
      catch (error) { console.log(error.message); }`;
    expect(await run(code)).toContain('npm install @nats-io/transport-node');
  });

  it('can be required by CommonJS, on any Node 20', async () => {
    const code = `const { TaskledgerClient, TaskCancelledError } = require('@taskledger/client');
      const ledger = new TaskledgerClient({ source: '/x' });
      const working = setInterval(() => {}, 1_000);
      ledger
        .run({ projectId: 79, taskType: 'ocr' }, async (task) => {
          await ledger.cancel(task.id);
          if (!task.signal.aborted) await require('node:events').once(task.signal, 'abort');
          console.log(task.signal.reason instanceof TaskCancelledError);
          task.signal.throwIfAborted();
        })
        .then(({ status }) => console.log(status))
        .finally(() => ledger.close().finally(() => clearInterval(working)));\n`;
    expect(await run(code, 'pipeline.cjs')).toBe('true\ncancelled\n');
  });

  it('is one and the same, however it is loaded', async () => {
    const code = `import { createRequire } from 'node:module';
      import * as imported from '@taskledger/client';
      const required = createRequire(import.meta.url)('@taskledger/client');
      for (const [name, value] of Object.entries(required)) console.log(name, imported[name] === value);\n`;
    const said = await run(code);
    expect(said).toContain('TaskledgerClient true');
    expect(said).toContain('TaskledgerRefusedError true');
    expect(said).not.toContain('false');
  });

  it('says to CommonJS which package NATS needs', async () => {
    const code = `const { TaskledgerClient } = require('@taskledger/client');
      try { new TaskledgerClient({ url: 'nats://127.0.0.1:4222', source: '/x' }); }
      catch (error) { console.log(error.message); }`;
    expect(await run(code, 'pipeline.cjs')).toContain('npm install @nats-io/transport-node');
  });

  /** What the compiler says of a program. */
  async function typeErrors(file: string, program: string): Promise<string> {
    await writeFile(join(folder, file), program);
    const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
    const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2023'];
    const modules = ['--module', 'node16', '--types', 'node'];
    const roots = ['--typeRoots', join(process.cwd(), 'node_modules/@types')];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [tsc, ...strict, ...modules, ...roots, file],
      { cwd: folder },
    ).catch((error: { stdout: string }) => error);
    return stdout;
  }

  it(
    'has types that a strict program can use',
    async () => {
      const program = `import { TaskledgerClient, type Task, type TaskRun } from '@taskledger/client';
      const ledger = new TaskledgerClient({ source: '/x', buffer: { folder: 'buffer' } });
      const run: TaskRun = await ledger.run({ projectId: 1, taskType: 'ocr' }, (task) => task.progress(1));
      if (run.status === 'completed') console.log(run.result);
      for await (const task of ledger.list({ status: ['!completed'], include: ['key'] })) {
        const shown: Task = task;
        console.log(shown.createdAt.getTime());
      }
      // @ts-expect-error: a status that there is not
      ledger.list({ status: 'done' });\n`;
      expect(await typeErrors('program.mts', program)).toBe('');
    },
    RUN_MS_MAX,
  );

  it(
    'has types that take params and results of an interface',
    async () => {
      const program = `import { TaskledgerClient } from '@taskledger/client';
      interface Params { folder: string; limits?: { pages: number }; }
      interface Found { readonly pages: readonly string[]; at?: Date; }
      const ledger = new TaskledgerClient({ source: '/x' });
      const params: Params = { folder: 'papers' };
      const work = async (): Promise<Found> => ({ pages: ['one'] });
      const creation = { projectId: 1, taskType: 'ocr', params };
      await ledger.run(creation, work);
      await ledger.run(creation, (): Found => ({ pages: [] }));
      await ledger.run(creation, async () => 5);
      const task = await ledger.create(creation);
      await task.completed(await work());
      await work().catch((error: unknown) => task.failed(error));
      // @ts-expect-error: params are an object
      await ledger.create({ ...creation, params: 'papers' });\n`;
      expect(await typeErrors('program.mts', program)).toBe('');
    },
    RUN_MS_MAX,
  );

  it(
    'has types that CommonJS can use',
    async () => {
      const program = `import { TaskledgerClient, type TaskRun } from '@taskledger/client';
      const ledger = new TaskledgerClient({ source: '/x' });
      export const run: Promise<TaskRun> = ledger.run({ projectId: 1, taskType: 'ocr' }, () => {});\n`;
      expect(await typeErrors('program.cts', program)).toBe('');
    },
    RUN_MS_MAX,
  );
});
