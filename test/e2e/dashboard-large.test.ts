import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { caughtUp } from '../support/api.js';
import { describeInChromium } from '../support/chromium.js';
import { LivePipeline } from '../support/live-pipeline.js';
import { startServer, type Server } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

/** A list that is longer than anybody looks at. */

const TASKS = 5_000;
/** What of it is in sight and around it. */
const ROWS_DRAWN_MAX = 80;

describeInChromium('a long list', (openPage) => {
  let dataDir: string;
  let server: Server;
  const pipeline = new LivePipeline(() => server.url);
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-large-'));
    server = await startServer({ dataDir });
    await pipeline.send(
      Array.from({ length: TASKS }, (_, index) =>
        pipeline.event('created', `ocr/${index}`, { project_id: 1, task_type: 'ocr', total: 100 }),
      ),
    );
    await caughtUp(server.url);
  });
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('loads what is older as one scrolls, and draws what is in sight alone', async () => {
    const { page, complaints, requests } = await openPage(server.url);
    await page.locator('tr.task').first().waitFor();
    const scroller = page.locator('.scroller');
    const all = page.getByText(`These are all ${TASKS.toLocaleString('en')}.`);
    await untilTrue(async () => {
      await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      expect(await page.locator('tr.task').count()).toBeLessThan(ROWS_DRAWN_MAX);
      return (await all.count()) === 1 && rowOf(page, 'ocr/0').isVisible();
    });
    const paths = requests.filter((path) => path.startsWith('/api/v1/tasks?'));
    expect(paths).toHaveLength(TASKS / 500);
    expect(new Set(paths).size).toBe(paths.length);

    // The list stands still where one looks at it, and is true.
    await pipeline.start(['crawl/new']);
    await page.getByRole('button', { name: '1 new' }).waitFor();
    await pipeline.tell('ocr/0', 'progressed', { progress: 42 });
    await rowOf(page, 'ocr/0').getByText('42 / 100').waitFor();
    await page.getByRole('button', { name: '1 new' }).click();
    await rowOf(page, 'crawl/new').waitFor();
    expect(await scroller.evaluate(({ scrollTop }) => scrollTop)).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('keeps the focus of the keyboard however far one scrolls', async () => {
    const { page } = await openPage(server.url);
    await page.locator('tr.task').first().waitFor();
    await page.locator('tr.task a').first().focus();
    await page.keyboard.press('End');
    const focused = page.locator(':focus');
    // To the last row that is loaded: older ones may have come already.
    let last: string | null = null;
    await untilTrue(async () => {
      last = await focused.getAttribute('data-index');
      return Number(last) >= 499;
    });
    // The page may still be bringing what has the focus into sight.
    await untilTrue(async () => {
      await page.locator('.scroller').evaluate((element) => element.scrollTo(0, 0));
      return page.locator('[data-index="5"]').isVisible();
    });
    expect(await focused.getAttribute('data-index')).toBe(last);
    await page.keyboard.press('Home');
    await untilTrue(async () => (await focused.getAttribute('data-index')) === '0');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('ArrowUp');
    await untilTrue(async () => Number(await focused.getAttribute('data-index')) > 10);
    await page.context().close();
  });
});

function rowOf(page: Page, key: string) {
  return page.locator('tr.task', { has: page.locator(`td.key[title="${key}"]`) });
}
