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

  async function run(code: string): Promise<string> {
    await writeFile(join(folder, 'pipeline.mjs'), code);
    const env = { PATH: process.env.PATH, TASKLEDGER_URL: server.url };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['pipeline.mjs'], {
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
      await writeFile(join(folder, 'program.mts'), program);
      const options = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2023',
        '--types',
        'node',
      ];
      const roots = ['--typeRoots', join(process.cwd(), 'node_modules/@types'), 'program.mts'];
      const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
      const { stdout } = await promisify(execFile)(process.execPath, [tsc, ...options, ...roots], {
        cwd: folder,
      });
      expect(stdout).toBe('');
    },
    RUN_MS_MAX,
  );
});
