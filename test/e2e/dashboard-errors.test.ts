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

/** With which errors tasks failed, as the page shows it. */

describeInChromium('the errors on the page', (openPage) => {
  let dataDir: string;
  let server: Server;
  let pipeline: LivePipeline;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-errors-'));
    server = await startServer({ dataDir });
    pipeline = new LivePipeline(() => server.url);
    await pipeline.start(['ocr/1', 'ocr/2', 'crawl/1', 'crawl/2']);
    await pipeline.start(['crawl/other'], { project_id: 2 });
    await fail('ocr/1', 'no answer after 3 s', 'TimeoutError');
    await fail('ocr/2', 'no answer after 30 s', 'TimeoutError');
    await fail('crawl/1', 'no room\nat all', undefined);
    await fail('crawl/other', 'no answer after 9 s', 'TimeoutError');
    await pipeline.tell('crawl/2', 'attempt_failed', { error_message: 'reset', error_type: 'NetError' });
    await shownAll();
  });
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const fail = (key: string, error_message: string, error_type: string | undefined): Promise<void> =>
    pipeline.tell(key, 'failed', { error_message, error_type });
  const shownAll = async (): Promise<void> => {
    for (const part of ['projector', 'stats', 'series'] as const) await caughtUp(server.url, part);
  };
  const rows = (page: Page): ReturnType<Page['locator']> => page.locator('.errors tbody tr');
  const cells = (page: Page): Promise<string[][]> =>
    rows(page).evaluateAll((all) =>
      all.map((row) =>
        [...row.querySelectorAll('.count-cell, .tried, .kind, .text, .id')].map(
          (cell) => (cell as unknown as { innerText: string }).innerText,
        ),
      ),
    );

  it('are reached from the list by the keyboard, each once, and lead to their tasks', async () => {
    const { page, complaints } = await openPage(`${server.url}/?project_id=1`);
    await page.locator('tr.task').first().waitFor();
    await page.getByRole('link', { name: 'Errors' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('3 tasks failed, and 1 to be tried again: 3 errors.').waitFor();
    expect(new URL(page.url()).search).toBe('?view=errors&project_id=1');
    expect(await page.title()).toBe('Errors – Taskledger');
    expect(await cells(page)).toEqual([
      ['2', '–', 'TimeoutError', 'no answer after 30 s', '2'],
      ['1', '–', '–', 'no room', '3'],
      ['0', '1', 'NetError', 'reset', '4'],
    ]);
    // What had the focus is gone: it is near by.
    expect(await page.evaluate('document.activeElement.tagName')).not.toBe('BODY');

    await page.getByRole('link', { name: 'Newest task: 3' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary').getByText('at all').waitFor();
    expect(new URL(page.url()).search).toBe('?view=errors&project_id=1&task=3');
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Newest task: 3');

    await page.getByRole('link', { name: 'Tasks with TimeoutError' }).click();
    await page.waitForURL((url) => url.search === '?project_id=1&error_type=TimeoutError');
    await untilTrue(async () => (await page.locator('tr.task').count()) === 2);
    await page.goBack();
    await rows(page).first().waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('are those of a project, of types and of a time, which the URL says', async () => {
    const { page } = await openPage(`${server.url}/?view=errors`);
    await page.getByText('4 tasks failed').waitFor();
    await page.getByLabel('Project').fill('2');
    await page.getByText('1 task failed: 1 error.').waitFor();
    expect(new URL(page.url()).search).toBe('?view=errors&project_id=2');
    await page.getByLabel('Failed from').fill('2020-01-01');
    await page.getByLabel('to', { exact: true }).fill('2020-01-02');
    const asked = '?view=errors&project_id=2&from=2020-01-01T00:00:00&to=2020-01-02T00:00:00';
    await page.waitForURL((url) => url.search === asked);
    await page.reload();
    await page.getByText('The errors can’t be shown').or(page.getByText('Nothing has failed')).waitFor();
    await page.getByLabel('to', { exact: true }).fill('');
    await page.getByText('from and to must be at most 2000 hours apart').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByText('4 tasks failed').waitFor();
    expect(new URL(page.url()).search).toBe('?view=errors');
    await page.locator('details.menu summary').click();
    await page.getByRole('checkbox', { name: 'ocr' }).check();
    await page.getByText('2 tasks failed: 1 error.').waitFor();
    await page.context().close();
  });

  it('are kept up to date, and say when they are not', async () => {
    const { page } = await openPage(`${server.url}/?view=errors&task_type=index`);
    await page.getByText('Nothing has failed').waitFor();
    await pipeline.start(['index/1']);
    await fail('index/1', 'no disk', 'DiskError');
    await page.getByText('1 task failed: 1 error.').waitFor({ timeout: 25_000 });
    await page.context().setOffline(true);
    await page.getByText('The errors are as they were').waitFor({ timeout: 25_000 });
    expect(await rows(page).count()).toBe(1);
    await page.context().setOffline(false);
    await pressIfThere(page, 'Try now');
    await page.getByText('The errors are as they were').waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('say that they can not be had, and come as soon as they can', async () => {
    const { page } = await openPage('about:blank');
    let isAway = true;
    await page.route('**/api/v1/errors**', (route) => (isAway ? route.abort() : route.continue()));
    await page.goto(`${server.url}/?view=errors`);
    await page.getByText('The errors can’t be shown').waitFor();
    await page.getByText('Taskledger does not answer').waitFor();
    isAway = false;
    await pressIfThere(page, 'Try now');
    await rows(page).first().waitFor();
    await page.context().close();
  });
});
