import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { caughtUp } from '../support/api.js';
import { describeInChromium } from '../support/chromium.js';
import { LivePipeline } from '../support/live-pipeline.js';
import { startServer, type Server } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

/** What the page tells of a task's past: all of it, the newest first where it is long. */

const REPORTS = 2_600;
const STACK = `No space left\n    at write (disk.js:7:3)\n    at flush (disk.js:9:1)\n${'    at step\n'.repeat(80)}`;

describeInChromium('the history of a task', (openPage) => {
  let dataDir: string;
  let server: Server;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-history-'));
    server = await startServer({ dataDir });
    const pipeline = new LivePipeline(() => server.url);
    await pipeline.start(['ocr/1']);
    await pipeline.start(['ocr/long'], { total: REPORTS });
    await pipeline.start(['ocr/failed']);
    for (const [progress, message] of [
      [10, 'page 10 is blank'],
      [20, 'page 20 is upside down'],
      [30, ''],
    ] as const)
      await pipeline.tell('ocr/1', 'progressed', { progress, ...(message !== '' && { message }) });
    await pipeline.send(
      Array.from({ length: REPORTS }, (_, at) =>
        pipeline.event('progressed', 'ocr/long', { progress: at, message: `report ${at}` }),
      ),
    );
    await pipeline.tell('ocr/failed', 'failed', { error_message: STACK });
    await caughtUp(server.url);
  });
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('shows each message of reports that are folded together', async () => {
    const { page } = await openPage(`${server.url}/?task=1`);
    const history = page.getByRole('region', { name: 'History' });
    await history.getByText('Progress 10 → 30 of 100').waitFor();
    await history.getByText('page 20 is upside down').waitFor();
    await history.getByText('3 reports').click();
    await history.getByText('page 10 is blank').waitFor();
    await history.getByText('Progress 20 of 100').waitFor();
    await page.context().close();
  });

  it('begins with its newest part, and goes back as far as one wants', async () => {
    const { page, requests } = await openPage(`${server.url}/?task=2`);
    const history = page.getByRole('region', { name: 'History' });
    await history.getByText(`report ${REPORTS - 1}`, { exact: true }).waitFor();
    expect(await history.getByText('Created', { exact: true }).count()).toBe(0);
    expect(requests.filter((path) => path.includes('/history')).length).toBeLessThan(12);
    const earlier = history.getByRole('button', { name: 'Show earlier events' });
    const reports = history.locator('.moment-progress .moment-title').first();
    for (let shown = await reports.innerText(); !shown.startsWith('Progress 0 ');) {
      const before = shown;
      await earlier.click();
      await untilTrue(async () => (shown = await reports.innerText()) !== before);
    }
    await history.getByText('Created', { exact: true }).waitFor();
    expect(await earlier.count()).toBe(0);
    await history.getByText(`Progress 0 → ${REPORTS - 1} of ${REPORTS}`).waitFor();
    await page.context().close();
  });

  it('names the day, and tells an error once, where the keyboard can scroll it', async () => {
    const { page } = await openPage(`${server.url}/?task=3`);
    const error = page.getByRole('region', { name: 'Error' }).locator('pre');
    await error.waitFor();
    const history = page.getByRole('region', { name: 'History' });
    await history.getByText('No space left').waitFor();
    expect(await page.getByText('at flush (disk.js:9:1)').count()).toBe(1);
    const day = String(new Date().getUTCDate());
    await history
      .locator('.day')
      .first()
      .getByText(new RegExp(`^${day} [A-Z][a-z]{2}`))
      .waitFor();
    await error.focus();
    expect(await page.locator('pre:focus').count()).toBe(1);
    await page.keyboard.press('End');
    await untilTrue(() => error.evaluate(({ scrollTop }) => scrollTop > 0));
    await page.context().close();
  });
});
