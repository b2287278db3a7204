import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { caughtUp } from '../support/api.js';
import { describeInChromium } from '../support/chromium.js';
import { LivePipeline } from '../support/live-pipeline.js';
import { startServer, type Server } from '../support/server.js';

/** What tasks say comes from anybody: here it is markup, very long, turned round, or nothing that one can see. */

const MARKUP = '<img src=x onerror=alert(1)><script>alert(2)</script>';
const LONG = 'z'.repeat(4_000);
const HUGE = Number.MAX_SAFE_INTEGER;
const KEYS = [
  `${MARKUP}/1`,
  '\u202eright/to/left',
  'a\u0000\u001b[31m\n\t/2',
  'x'.repeat(512),
  '__proto__/3',
  ' ',
];
const MESSAGE = '\u001b[31mred\u001b[0m \u202eneddih';
const VALUES = { [MARKUP]: MARKUP, [LONG]: LONG, '': null, url: 'javascript:alert(3)', constructor: HUGE };

describeInChromium('the page with hostile tasks', (openPage) => {
  let dataDir: string;
  let server: Server;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-hostile-'));
    server = await startServer({ dataDir });
    let ids = 0;
    const event = (subject: string, type: string, data: object) => ({
      ...{ specversion: '1.0', id: String(++ids), source: `/${MARKUP}`, type: `task.${type}`, subject, data },
    });
    const events = KEYS.flatMap((key) => [
      event(key, 'created', { project_id: HUGE, task_type: 'ocr', total: HUGE, params: VALUES }),
      event(key, 'progressed', { progress: HUGE - 1, message: `${MARKUP}${LONG}` }),
    ]);
    events.push(event(KEYS[0] as string, 'failed', { error_message: `${MARKUP}\n${LONG}` }));
    const response = await fetch(`${server.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(events),
    });
    expect(await response.text()).not.toContain('rejected');
    const told = new LivePipeline(() => server.url, `/\u202e${MARKUP}`);
    await told.tell(KEYS[1] as string, 'progressed', { progress: 1, message: MESSAGE });
    await told.tell(KEYS[1] as string, 'failed', { error_message: MESSAGE });
    await caughtUp(server.url);
  });
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Whether the page or one of its parts is wider than its place. */
  const isTooWide = (page: Page, selector: string): Promise<boolean> =>
    page
      .locator(`html, ${selector}`)
      .evaluateAll((parts) => parts.some((part) => part.scrollWidth > part.clientWidth + 1));

  it.each([
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ])('shows each of them as text that stays in its place, at $width px', async (viewport) => {
    const { page, complaints } = await openPage(server.url, { viewport });
    page.on('dialog', (said) => complaints.push(said.message()));
    await page.locator('tr.task').first().waitFor();
    expect(await page.locator('tr.task').count()).toBe(KEYS.length);
    expect(await isTooWide(page, 'main')).toBe(false);
    for (let id = 1; id <= KEYS.length; id++) {
      await page.goto(`${server.url}/?task=${id}`);
      await page.getByRole('region', { name: 'Params' }).waitFor();
      expect(await isTooWide(page, '.detail')).toBe(false);
    }
    expect(complaints).toEqual([]);
  });

  it('turns no text round, and shows what has no shape by its number', async () => {
    const { page } = await openPage(`${server.url}/?task=2`);
    const history = page.getByRole('region', { name: 'History' });
    await history.getByText('red \\u202eneddih').first().waitFor();
    await page.getByRole('region', { name: 'Error' }).getByText('red \\u202eneddih').waitFor();
    await page.locator('tr.task').first().waitFor();
    expect(await page.locator('td.key').allInnerTexts()).toEqual(
      expect.arrayContaining(['\\u202eright/to/left', 'a\\u0000\\u001b[31m\\n\\t/2']),
    );
    // Nothing of it is left, in texts, names or titles.
    const markup = await page.locator('#page').evaluate((element) => element.outerHTML);
    expect(markup).not.toMatch(/[\u0000-\u0008\u001b\u202e]/);
    await page.context().close();
  });

  it.each([
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ])('keeps what a long reason stands beside in sight, at $width px', async (viewport) => {
    const response = await fetch(`${server.url}/api/v1/cancellations`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ filter: { project_id: HUGE }, reason: `${MARKUP}${LONG}`.slice(0, 4_096) }),
    });
    const { data } = (await response.json()) as { data: { id: string } };
    const { page, complaints } = await openPage(`${server.url}/?cancellation=${data.id}`, { viewport });
    await page.getByText('4 tasks would be cancelled').waitFor();
    expect(await isTooWide(page, 'dialog')).toBe(false);
    expect(complaints).toEqual([]);
  });
});
