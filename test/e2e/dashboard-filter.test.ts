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

/** What the filter of the page says is what the list, the counts and a bulk cancel are of. */

describeInChromium('the filter of the page', (openPage) => {
  let dataDir: string;
  let server: Server;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-filter-'));
    server = await startServer({ dataDir });
    const pipeline = new LivePipeline(() => server.url);
    await pipeline.start(['crawl/', 'crawl/1', 'crawl/2', ' crawl/1 ', 'ocr/1'], { task_type: 'crawl' });
    await pipeline.start(['index/1', 'index/2'], { task_type: 'index' });
    await pipeline.tell('index/1', 'completed');
    await caughtUp(server.url);
    await caughtUp(server.url, 'stats');
  });
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const search = (page: Page): string => new URL(page.url()).search;
  /** Waits until the list shows these keys, in any order. */
  const showsKeys = (page: Page, keys: readonly string[]): Promise<void> =>
    untilTrue(async () => {
      const shown = await page
        .locator('tr.task td.key')
        .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title')));
      return JSON.stringify(shown.sort()) === JSON.stringify([...keys].sort());
    });

  it('looks up one key that ends with /, and cancels that task alone', async () => {
    const { page } = await openPage(`${server.url}/?key=crawl/`);
    await showsKeys(page, ['crawl/']);
    expect(search(page)).toBe('?key=crawl/');
    await page.getByRole('button', { name: 'Cancel these…' }).click();
    await page.getByRole('button', { name: 'Show which tasks' }).click();
    await page.getByText('1 task would be cancelled').waitFor();
    await page.context().close();
  });

  it('takes a key as it is typed, and a path with all below it in a field of its own', async () => {
    const { page } = await openPage(server.url);
    await page.locator('tr.task').first().waitFor();
    await page.getByLabel('Key', { exact: true }).fill('crawl/');
    await showsKeys(page, ['crawl/']);
    await page.getByLabel('Key', { exact: true }).fill(' crawl/1 ');
    await showsKeys(page, [' crawl/1 ']);
    expect(new URLSearchParams(search(page)).get('key')).toBe(' crawl/1 ');
    await page.getByLabel('Key', { exact: true }).fill('');
    await page.getByLabel('Key below', { exact: true }).fill('crawl');
    await showsKeys(page, ['crawl/', 'crawl/1', 'crawl/2']);
    expect(search(page)).toBe('?key_prefix=crawl/');
    await page.context().close();
  });

  it('keeps a condition that is typed when another one is set at once', async () => {
    const { page } = await openPage(server.url);
    await page.locator('tr.task').first().waitFor();
    await page.getByLabel('Project').pressSequentially('1');
    // Without the pointer, which would take the focus out of the field.
    await page.getByRole('button', { name: /^completed/ }).dispatchEvent('click');
    await showsKeys(page, ['index/1']);
    await untilTrue(() => new URLSearchParams(search(page)).get('project_id') === '1');
    expect(new URLSearchParams(search(page)).get('status')).toBe('completed');
    await showsKeys(page, ['index/1']);
    await page.context().close();
  });

  it('cancels by what is typed, however soon one goes on, and forgets it when it is cleared', async () => {
    const { page } = await openPage(`${server.url}/?status=running`);
    await page.locator('tr.task').first().waitFor();
    await page.getByLabel('Key', { exact: true }).pressSequentially('crawl/2');
    await page.getByRole('button', { name: 'Cancel these…' }).click();
    await page.getByRole('button', { name: 'Show which tasks' }).click();
    await page.getByText('1 task would be cancelled').waitFor();

    await page.goto(`${server.url}/?status=running`);
    await page.locator('tr.task').first().waitFor();
    await page.getByLabel('Key', { exact: true }).pressSequentially('x');
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await untilTrue(async () => (await page.getByLabel('Key', { exact: true }).inputValue()) === '');
    expect(search(page)).toBe('');
    await page.context().close();
  });

  it('counts what the filter lets through, and shows no count where it can not', async () => {
    const { page } = await openPage(`${server.url}/?task_type=index`);
    await page.getByRole('button', { name: 'any 2' }).waitFor();
    await page.getByRole('button', { name: 'running 1' }).waitFor();
    await page.getByRole('button', { name: 'completed 1' }).waitFor();
    await untilTrue(async () => (await page.title()).startsWith('1 running'));
    await page.goto(`${server.url}/?task_type=!index`);
    await page.getByRole('button', { name: 'any 5' }).waitFor();
    await page.goto(`${server.url}/?key_prefix=index/`);
    await page.locator('tr.task').first().waitFor();
    await page.getByRole('button', { name: 'any', exact: true }).waitFor();
    await untilTrue(async () => (await page.title()) === 'Taskledger');
    await page.context().close();
  });

  it('leads from the labels and the worker of a task to all that have them', async () => {
    const pipeline = new LivePipeline(() => server.url, '/pipelines/named');
    const traits = { task_type: 'crawl', labels: { team: 'search, 2' }, parent: 'crawl/1' };
    await pipeline.start(['named/1', 'named/2'], traits, { worker: 'host-7' });
    await caughtUp(server.url);
    const { page } = await openPage(`${server.url}/?label=team:search, 2`);
    await showsKeys(page, ['named/1', 'named/2']);
    await page.locator('tr.task a').first().click();
    const facts = page.locator('.facts');
    await facts.getByRole('link', { name: 'crawl/1' }).waitFor();
    await facts.getByRole('link', { name: 'host-7' }).click();
    await page.waitForURL((url) => url.searchParams.get('worker') === 'host-7');
    await showsKeys(page, ['named/1', 'named/2']);
    expect(await page.getByLabel('Worker', { exact: true }).inputValue()).toBe('host-7');
    await page.getByLabel('Worker', { exact: true }).fill('nobody');
    await showsKeys(page, []);
    await page.context().close();
  });

  it('finds tasks by words, asks for them again and again, and says why', async () => {
    const { page, requests } = await openPage(server.url);
    await page.locator('tr.task').first().waitFor();
    await page.getByLabel('Words', { exact: true }).fill('index');
    await showsKeys(page, ['index/1', 'index/2']);
    expect(search(page)).toBe('?q=index');
    await page.getByText('An event stream can’t tell which tasks have these words').waitFor();
    await page.getByText('Polling every 3 s').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel these…' }).isDisabled()).toBe(true);
    const pipeline = new LivePipeline(() => server.url, '/pipelines/words');
    await pipeline.start(['index/later'], { task_type: 'index' });
    await showsKeys(page, ['index/1', 'index/2', 'index/later']);
    await pipeline.tell('index/later', 'completed');
    expect(requests.filter((path) => path.startsWith('/api/v1/tasks/stream') && path.includes('q='))).toEqual(
      [],
    );
    await page.getByLabel('Words', { exact: true }).fill('');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.context().close();
  });

  it('shows what has no field, and takes it away again', async () => {
    const pipeline = new LivePipeline(() => server.url, '/pipelines/tags');
    const labels = { team: 'tags', tier: '1' };
    await pipeline.start(['tags/root'], { task_type: 'crawl', labels });
    await pipeline.start(['tags/part'], {
      task_type: 'crawl',
      labels: { team: 'tags' },
      parent: 'tags/root',
    });
    await pipeline.start(['tags/again'], { task_type: 'crawl', retry_of: 'tags/part' });
    await caughtUp(server.url);
    const { page } = await openPage(`${server.url}/?label=team:tags&label=tier:1`);
    await showsKeys(page, ['tags/root']);
    expect(await page.getByLabel('Label', { exact: true }).inputValue()).toBe('team:tags');
    await page.getByRole('button', { name: 'Take away: label tier:1' }).focus();
    await page.keyboard.press('Enter');
    await showsKeys(page, ['tags/root', 'tags/part']);
    expect(search(page)).toBe('?label=team:tags');
    // The button is gone, and the focus is not lost.
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SEARCH');

    await page.goto(`${server.url}/?root=tags/root&retry_of=tags/part`);
    await page.getByText('An event stream can’t tell which tasks stand below another one').waitFor();
    await page.getByRole('button', { name: 'Take away: tries tags/part again' }).click();
    await showsKeys(page, ['tags/root', 'tags/part']);
    await page.goto(`${server.url}/?retry_of=tags/part`);
    await showsKeys(page, ['tags/again']);
    await page.goto(`${server.url}/?id=1,2`);
    await showsKeys(page, ['crawl/', 'crawl/1']);
    await page.goto(`${server.url}/?silent=true`);
    await page.getByText('No task matches the filter').waitFor();
    await page.getByRole('button', { name: 'Take away: not heard of any more' }).click();
    await page.locator('tr.task').first().waitFor();
    expect(search(page)).toBe('');
    await page.context().close();
  });
});
