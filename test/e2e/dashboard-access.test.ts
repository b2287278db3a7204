import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { axeViolations, describeInChromium } from '../support/chromium.js';
import { LivePipeline } from '../support/live-pipeline.js';
import { startServer, type Server } from '../support/server.js';

/** Every state of the page, as axe-core sees it: names, roles, contrast, focus. */

/** How the page comes into a state: its address, and what is done there. */
const STATES: Record<string, { path: string; reach: (page: Page) => Promise<void> }> = {
  list: { path: '/', reach: (page) => page.locator('tr.task').first().waitFor() },
  'a list that nothing matches': {
    path: '/?key=not/there',
    reach: (page) => page.getByText('No task matches the filter').waitFor(),
  },
  'a wrong filter': { path: '/?status=lost', reach: (page) => page.getByText('status must be').waitFor() },
  'a list by words and what has no field': {
    path: '/?q=ocr&silent=true&label=a:1&label=b:2',
    reach: (page) => page.getByText('An event stream can’t tell').waitFor(),
  },
  errors: { path: '/?view=errors', reach: (page) => page.locator('.errors tbody tr').first().waitFor() },
  'no errors': {
    path: '/?view=errors&project_id=999',
    reach: (page) => page.getByText('Nothing has failed').waitFor(),
  },
  'errors of a wrong time': {
    path: '/?view=errors&from=2125-01-01T00:00:00',
    reach: (page) => page.getByText('from must be before now').waitFor(),
  },
  'the types to choose from': {
    path: '/?task_type=ocr&status=!pending',
    async reach(page) {
      await page.locator('tr.task').first().waitFor();
      const fold = page.locator('.fold');
      if (await fold.isVisible()) await fold.click();
      await page.locator('details.menu summary').click();
    },
  },
  'a task that failed': {
    path: '/?status=failed',
    async reach(page) {
      await page.locator('tr.task').first().click();
      await page.getByText('Refused: completed').waitFor();
      await page.locator('.proof summary').first().click();
    },
  },
  'a history that is unfolded': {
    path: '/?status=failed',
    async reach(page) {
      await page.locator('tr.task').first().click();
      await page.getByText('2 reports').click();
      await page.getByText('Progress 40 of 100').waitFor();
    },
  },
  'a question': {
    path: '/?status=running',
    async reach(page) {
      await page.locator('tr.task').first().click();
      await page.getByRole('button', { name: 'Cancel…', exact: true }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  'a preview of a bulk cancel': {
    path: '/?status=running',
    async reach(page) {
      await page.locator('tr.task').first().waitFor();
      await page.getByRole('button', { name: 'Cancel these…' }).click();
      await page.getByRole('button', { name: 'Show which tasks' }).click();
      await page.getByText('would be cancelled').waitFor();
    },
  },
  'a lost connection': {
    path: '/',
    async reach(page) {
      await page.locator('tr.task').first().waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      // What it is connected to stays open, without a word.
      await page.context().setOffline(true);
      await page.getByRole('button', { name: 'Connect now' }).waitFor();
    },
  },
};

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 780 };

describeInChromium('everybody can use', (openPage) => {
  let dataDir: string;
  let server: Server;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-access-'));
    server = await startServer({ dataDir });
    const pipeline = new LivePipeline(() => server.url);
    const params = { params: { languages: ['eng', 'deu'], threshold: 0.5, deep: { on: true, off: null } } };
    await pipeline.start(['ocr/1', 'ocr/2', 'crawl/3'], params);
    await pipeline.tell('ocr/1', 'progressed', { progress: 40, message: '\u202eredded' });
    await pipeline.tell('ocr/1', 'progressed', { progress: 50, message: 'page 50' });
    await pipeline.tell('ocr/1', 'failed', { error_message: 'No text was found' });
    await pipeline.tell('ocr/1', 'completed');
    await pipeline.tell('crawl/3', 'started');
    await pipeline.send([pipeline.event('created', 'index/4', { project_id: 2, task_type: 'index' })]);
  });
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  describe.each(Object.entries(STATES))('%s', (_name, { path, reach }) => {
    it.each([
      ['on a desktop', DESKTOP],
      ['on a phone', PHONE],
    ])('%s, light and dark', async (_where, viewport) => {
      // Colours that are on their way from one to the other have no contrast yet.
      const { page } = await openPage(server.url + path, { viewport, reducedMotion: 'reduce' });
      await reach(page);
      expect(await axeViolations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await axeViolations(page)).toEqual([]);
      await page.context().close();
    });
  });
});
