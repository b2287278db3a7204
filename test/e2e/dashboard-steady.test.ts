import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { caughtUp } from '../support/api.js';
import { describeInChromium, pressIfThere } from '../support/chromium.js';
import { LivePipeline } from '../support/live-pipeline.js';
import { startServer, type Server } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

/** What stays where it is, and what is said no longer once it is not known. */

/** By then what was set before is drawn. */
const TWO_PICTURES =
  'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))';

describeInChromium('the page keeps still', (openPage) => {
  let dataDir: string;
  let server: Server;
  const pipeline = new LivePipeline(() => server.url);
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-steady-'));
    server = await startServer({ dataDir });
    await pipeline.start(['ocr/1', 'ocr/2', 'ocr/3', 'ocr/4']);
    await pipeline.start(['ocr/unknown'], { total: undefined });
    await pipeline.tell('ocr/unknown', 'completed');
    await caughtUp(server.url);
  });
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const live = (page: Page): Promise<void> => page.getByText('Live', { exact: true }).waitFor();
  const drawn = (page: Page): Promise<void> => page.evaluate(TWO_PICTURES);

  it('under a pointer that rests, however long, and goes on when it leaves', async () => {
    const { page } = await openPage(server.url);
    await live(page);
    await page.clock.install();
    const row = rowOf(page, 'ocr/3');
    await row.hover();
    const under = (): Promise<string | null> =>
      row.evaluate((element) => {
        const { left, top, height, width } = element.getBoundingClientRect();
        return `${left} ${top} ${height} ${width}`;
      });
    const place = await under();
    await pipeline.start(['crawl/new-1']);
    await page.getByRole('button', { name: '1 new' }).waitFor();
    await page.clock.fastForward(60_000);
    await drawn(page);
    expect(await under()).toBe(place);
    // On the way to the button nothing moves either.
    await page.getByRole('button', { name: '1 new' }).hover();
    await drawn(page);
    expect(await under()).toBe(place);
    await page.getByLabel('Key', { exact: true }).hover();
    await rowOf(page, 'crawl/new-1').waitFor();
    await page.context().close();
  });

  it('with the focus: after a cancel it is in the detail, after each step of a dialog inside it', async () => {
    await pipeline.start(['search/1', 'search/2']);
    const { page } = await openPage(`${server.url}/?key_prefix=search/`);
    await rowOf(page, 'search/1').click();
    await page.getByRole('button', { name: 'Cancel…', exact: true }).press('Enter');
    await page.getByLabel('Reason').press('Enter');
    await page.getByRole('complementary').getByText('cancelled', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Cancel…', exact: true }).waitFor({ state: 'detached' });
    await untilTrue(async () => /^Task \d+/.test(await page.locator(':focus').first().innerText()));

    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Cancel these…' }).press('Enter');
    const inDialog = async (): Promise<boolean> => (await page.locator('dialog :focus').count()) === 1;
    await page.getByRole('button', { name: 'Show which tasks' }).press('Enter');
    await page.getByText('1 task would be cancelled').waitFor();
    expect(await inDialog()).toBe(true);
    await page.getByRole('button', { name: 'Cancel exactly this task' }).press('Enter');
    await page.getByText('1 of 1 task cancelled').waitFor();
    expect(await inDialog()).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Clear', exact: true }).press('Enter');
    await page.locator('search:focus').waitFor();
    await page.context().close();
  });

  it('draws no bar of a task whose total is not known', async () => {
    const { page } = await openPage(`${server.url}/?key=ocr/unknown&task=5`);
    await page.getByRole('complementary').getByText('completed', { exact: true }).first().waitFor();
    await rowOf(page, 'ocr/unknown').waitFor();
    expect(await page.locator('.bar-done').count()).toBe(0);
    await page.context().close();
  });

  it.each(['/', '/?task=1'])('leaves the key room to be read at any width, at %s', async (path) => {
    const { page } = await openPage(server.url + path);
    await rowOf(page, 'ocr/1').waitFor();
    const tooNarrow: string[] = [];
    for (let width = 600; width <= 1_560; width += 40) {
      await page.setViewportSize({ width, height: 700 });
      await drawn(page);
      const cell = await page
        .locator('tr.task td.key')
        .first()
        .evaluate(({ clientWidth }) => clientWidth);
      if (cell < 160) tooNarrow.push(`${cell} px at ${width} px`);
    }
    expect(tooNarrow).toEqual([]);
    await page.context().close();
  });

  // Ends the server, so it comes last.
  it('with the time a task ran, while it is not connected', async () => {
    const { page } = await openPage(`${server.url}/?task=1`);
    await page.clock.install();
    await page.reload();
    await live(page);
    const ran = rowOf(page, 'ocr/1').locator('td.elapsed');
    const ranInDetail = page.locator('dt:text-is("Ran") + dd');
    const { port } = new URL(server.url);
    await server.kill('SIGKILL');
    await page.getByText('The list is as it was').waitFor();
    const before = [await ran.innerText(), await ranInDetail.innerText()];
    await page.clock.fastForward(3_600_000);
    await drawn(page);
    expect([await ran.innerText(), await ranInDetail.innerText()]).toEqual(before);
    server = await startServer({ dataDir, env: { PORT: port } });
    await pressIfThere(page, 'Connect now');
    await live(page);
    await untilTrue(async () => (await ran.innerText()).startsWith('1 h'));
    await page.context().close();
  });
});

function rowOf(page: Page, key: string) {
  return page.locator('tr.task', { has: page.locator(`td.key[title="${key}"]`) });
}
