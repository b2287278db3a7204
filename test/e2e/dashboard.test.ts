import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInChromium, pressIfThere } from '../support/chromium.js';
import { LivePipeline } from '../support/live-pipeline.js';
import { startServer, type Server } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

/** A walk through the page as a user takes it, in a real browser against a real Taskledger. */

describeInChromium('the page', (openPage) => {
  let dataDir: string;
  let server: Server;
  const pipeline = new LivePipeline(() => server.url);
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-page-'));
    server = await startServer({ dataDir });
  });
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('fills by itself while a pipeline runs, and asks for the list once', async () => {
    const { page, complaints, requests } = await openPage(server.url);
    await page.getByRole('heading', { name: 'No tasks yet' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();

    await pipeline.start(['crawl/day-1/1', 'ocr/day-1/2']);
    await rowOf(page, 'crawl/day-1/1').getByText('running').waitFor();
    await pipeline.tell('crawl/day-1/1', 'progressed', { progress: 30 });
    await rowOf(page, 'crawl/day-1/1').getByText('30 / 100').waitFor();
    await pipeline.tell('crawl/day-1/1', 'completed', { result: { pages: 12 } });
    await rowOf(page, 'crawl/day-1/1').getByText('completed').waitFor();
    await page.getByRole('button', { name: 'completed 1' }).waitFor();

    expect(requests.filter((path) => path.startsWith('/api/v1/tasks?'))).toHaveLength(1);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('holds new tasks back while the keyboard is in the list', async () => {
    await pipeline.start(['index/day-1/3']);
    const { page } = await openPage(server.url);
    await rowOf(page, 'index/day-1/3').waitFor();
    const shown = await keysIn(page);
    await page.locator('tr.task a').first().focus();
    await page.keyboard.press('ArrowDown');
    await pipeline.start(['index/day-1/4', 'index/day-1/5']);
    await page.getByRole('button', { name: '2 new' }).click();
    await rowOf(page, 'index/day-1/5').waitFor();
    expect(await keysIn(page)).toEqual(['index/day-1/5', 'index/day-1/4', ...shown]);
    await page.context().close();
  });

  it('keeps its filters in the URL, over a reload and the back button', async () => {
    const { page } = await openPage(server.url);
    await rowOf(page, 'crawl/day-1/1').waitFor();
    await page.getByRole('button', { name: /^running/ }).click();
    await rowOf(page, 'crawl/day-1/1').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^failed/ }).click();
    expect(new URL(page.url()).search).toBe('?status=running,failed');

    await page.getByLabel('Status: show or leave out').selectOption('not');
    await rowOf(page, 'crawl/day-1/1').waitFor();
    expect(await page.locator('tr.task').count()).toBe(1);
    await page.reload();
    await rowOf(page, 'crawl/day-1/1').waitFor();
    expect(new URL(page.url()).search).toBe('?status=!running,!failed');
    await page.goBack();
    await rowOf(page, 'ocr/day-1/2').waitFor();

    await page.goto(server.url);
    await rowOf(page, 'ocr/day-1/2').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.press('Tab');
    await page.keyboard.type('index/day-1/');
    await rowOf(page, 'ocr/day-1/2').waitFor({ state: 'detached' });
    expect(await keysIn(page)).toEqual(['index/day-1/5', 'index/day-1/4', 'index/day-1/3']);
    expect(new URL(page.url()).search).toBe('?key_prefix=index/day-1/');
    await page.getByRole('button', { name: 'Clear' }).click();
    await rowOf(page, 'ocr/day-1/2').waitFor();
    expect(new URL(page.url()).search).toBe('');
    await page.context().close();
  });

  it('shows what leaves a filter for a moment, and takes it away', async () => {
    await pipeline.start(['ocr/leaves/1', 'ocr/leaves/2']);
    const { page } = await openPage(`${server.url}/?status=running&key_prefix=ocr/leaves/`);
    await rowOf(page, 'ocr/leaves/2').waitFor();
    await pipeline.tell('ocr/leaves/1', 'completed');
    await page.locator('tr.task.left', { hasText: 'ocr/leaves/1' }).getByText('completed').waitFor();
    await rowOf(page, 'ocr/leaves/1').waitFor({ state: 'detached' });
    expect(await keysIn(page)).toEqual(['ocr/leaves/2']);
    await page.context().close();
  });

  it('shows one task by keyboard, live, with its evidence, and gives the focus back', async () => {
    await pipeline.start(['dedup/day-1/6'], { params: { folder: '/data', depth: [1, 2] } });
    const { page, complaints } = await openPage(`${server.url}/?key_prefix=dedup/`);
    await rowOf(page, 'dedup/day-1/6').getByRole('link').focus();
    await page.keyboard.press('Enter');
    const detail = page.getByRole('complementary');
    await detail.getByText('"/data"').waitFor();
    expect(await focused(page)).toMatch(/^Task \d+dedup$/);
    await pipeline.tell('dedup/day-1/6', 'progressed', { progress: 40, message: 'half of it' });
    await detail.getByText('Progress 40 of 100').waitFor();
    await detail.getByText('half of it').waitFor();
    await pipeline.tell('dedup/day-1/6', 'failed', { error_message: 'The disk is full' });
    await detail.getByRole('region', { name: 'Error' }).getByText('The disk is full').waitFor();
    await pipeline.tell('dedup/day-1/6', 'completed');
    await page.reload();
    await detail.getByText('Refused: completed').waitFor();
    await detail.getByText('Task is already failed').waitFor();

    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?key_prefix=dedup/');
    await untilTrue(async () => /^\d+$/.test(await focused(page)));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('cancels a task with a reason, once it is confirmed', async () => {
    await pipeline.start(['search/day-1/7']);
    const { page } = await openPage(`${server.url}/?key_prefix=search/`);
    await rowOf(page, 'search/day-1/7').click();
    await page.getByRole('button', { name: 'Cancel…', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: /^Cancel task/ });
    await dialog.waitFor();
    for (let steps = 0; steps < 6; steps++) {
      await page.keyboard.press('Tab');
      // The browser's own controls come after the last button, and nothing of the page behind it.
      expect(await page.locator('#page :focus:not(dialog, dialog *)').count()).toBe(0);
    }
    const focusedSince = await page.evaluateHandle<string[]>(`(() => {
      const names = [];
      document.addEventListener('focusin', ({ target }) => names.push(target.className));
      return names;
    })()`);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('Cancel…');
    // It goes straight back, without a screen reader being sent through the list.
    expect(new Set(await focusedSince.jsonValue())).toEqual(new Set(['danger']));
    await rowOf(page, 'search/day-1/7').getByText('running').waitFor();

    await page.keyboard.press('Enter');
    await dialog.getByLabel('Reason').fill('a newer one runs');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await rowOf(page, 'search/day-1/7').getByText('cancelled').waitFor();
    await page.getByRole('complementary').getByText('a newer one runs').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel…', exact: true }).count()).toBe(0);
    await page.context().close();
  });

  it('cancels exactly the tasks of a preview, and says why it did not cancel the others', async () => {
    const keys = Array.from({ length: 12 }, (_, index) => `keyword_expand/bulk/${index}`);
    await pipeline.start(keys);
    const { page, complaints } = await openPage(server.url);
    await rowOf(page, keys[11] as string).waitFor();
    const cancelThese = page.getByRole('button', { name: 'Cancel these…' });
    expect(await cancelThese.isDisabled()).toBe(true);

    await page.goto(`${server.url}/?key_prefix=keyword_expand/bulk/`);
    await rowOf(page, keys[0] as string).waitFor();
    await cancelThese.click();
    const dialog = page.getByRole('dialog', { name: 'Cancel many tasks' });
    await dialog.getByLabel('Reason').fill('wrong word list');
    await dialog.getByRole('button', { name: 'Show which tasks' }).click();
    await dialog.getByText('12 tasks would be cancelled').waitFor();
    expect(await dialog.locator('tbody tr').count()).toBe(12);

    // What happens between the preview and the confirmation does not change which tasks it is about.
    await pipeline.tell(keys[3] as string, 'completed');
    await pipeline.start(['keyword_expand/bulk/later']);
    await page.reload();
    await dialog.getByRole('button', { name: 'Cancel exactly these 12 tasks' }).click();
    await dialog.getByText('11 of 12 tasks cancelled, 1 refused').waitFor();
    await dialog.getByText('already completed').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    expect(new URL(page.url()).search).toBe('?key_prefix=keyword_expand/bulk/');
    await rowOf(page, 'keyword_expand/bulk/later').getByText('running').waitFor();
    await untilTrue(async () => (await page.locator('tr.task', { hasText: 'cancelled' }).count()) === 11);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('says what is wrong with a filter, and leads out of it', async () => {
    const { page } = await openPage(`${server.url}/?status=lost`);
    await page.getByText('status must be').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await rowOf(page, 'ocr/day-1/2').waitFor();
    await page.context().close();
  });

  it('says that the server is gone, and goes on without a gap when it is back', async () => {
    const { page, complaints } = await openPage(`${server.url}/?key_prefix=ocr/`);
    await rowOf(page, 'ocr/day-1/2').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const { port } = new URL(server.url);
    await server.kill('SIGKILL');
    await page.getByText('The list is as it was').waitFor();
    await rowOf(page, 'ocr/day-1/2').waitFor();

    server = await startServer({ dataDir, env: { PORT: port } });
    await pipeline.start(['ocr/day-2/8']);
    await pipeline.tell('ocr/day-1/2', 'progressed', { progress: 77 });
    await pressIfThere(page, 'Connect now');
    await page.getByText('Live', { exact: true }).waitFor();
    await rowOf(page, 'ocr/day-2/8').waitFor();
    await rowOf(page, 'ocr/day-1/2').getByText('77 / 100').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('shows why there is nothing when the server is gone from the start, and fills when it comes', async () => {
    const { page } = await openPage(server.url);
    await rowOf(page, 'ocr/day-2/8').waitFor();
    // The page is there already; it is what it asks for next that is missing.
    const { port } = new URL(server.url);
    await server.stop();
    await page.getByRole('button', { name: /^failed/ }).click();
    await page.getByRole('alert').getByText('Taskledger does not answer').waitFor();
    server = await startServer({ dataDir, env: { PORT: port } });
    await pressIfThere(page, 'Try now');
    await rowOf(page, 'dedup/day-1/6').waitFor();
    await page.context().close();
  });
});

function rowOf(page: Page, key: string) {
  return page.locator('tr.task', { has: page.locator(`td.key[title="${key}"]`) });
}

function keysIn(page: Page): Promise<string[]> {
  return page.locator('tr.task td.key').allInnerTexts();
}

/** What has the focus, as its text. */
function focused(page: Page): Promise<string> {
  return page.locator(':focus').first().innerText();
}
