import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PROJECT_ROOT } from '../../examples/pipeline/project-root.js';
import { describeInChromium } from '../support/chromium.js';
import { startServer, type Server } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

const RUN_MS_MAX = 120_000;

describeInChromium('the page beside the example pipeline', (openPage) => {
  let folder: string;
  let server: Server;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-page-'));
    server = await startServer({ dataDir: join(folder, 'ledger') });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it(
    'fills with its tasks as they come and go, and shows in the end what the list says',
    async () => {
      const { page, complaints, requests } = await openPage(server.url);
      await page.getByRole('heading', { name: 'No tasks yet' }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();

      const script = join(PROJECT_ROOT, 'dist/examples/pipeline/main.js');
      const args = [script, join(PROJECT_ROOT, 'docs'), '--url', server.url, '--data', folder];
      const pipeline = spawn(process.execPath, args, { stdio: 'ignore' });
      const ended = once(pipeline, 'exit');
      // The first task is there long before the last one has begun.
      await page.locator('tr.task').first().waitFor();
      expect(await ended).toEqual([0, null]);

      const answer = (await (await fetch(`${server.url}/api/v1/tasks?limit=100`)).json()) as {
        data: { id: number; task_type: string; status: string }[];
      };
      const listed = answer.data.map(({ id, task_type, status }) => `${id} ${status} ${task_type}`);
      expect(listed.length).toBeGreaterThan(8);
      const shown = async (): Promise<string[]> =>
        (await page.locator('tr.task').allInnerTexts()).map((text) =>
          text.split(/\s+/).filter(Boolean).slice(0, 3).join(' '),
        );
      await untilTrue(async () => (await shown()).join() === listed.join());
      expect(requests.filter((path) => path.startsWith('/api/v1/tasks?'))).toHaveLength(1);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    RUN_MS_MAX,
  );
});
