import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll } from '@jest/globals';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { describeWhere } from './describe-where.js';

const BINARY = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Chromium as it runs in a container, asking nobody for anything. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const NO_CHROMIUM = 'no chromium on this machine (scripts/backends/chromium.sh installs it)';

/** How long a page may take to show what it shall show. */
const SHOWN_MS_MAX = 15_000;

/** Describes tests in a browser; where there is no Chromium on this machine, they are named as not run. */
export function describeInChromium(name: string, tests: (openPage: OpenPage) => void): void {
  describeWhere(isThere() ? undefined : NO_CHROMIUM, name, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: BINARY, args: FLAGS });
    });
    afterAll(() => browser.close());
    tests((url, options) => open(browser, url, options));
  });
}

/** Opens a page in a window of its own, and gathers what goes wrong in it. */
export type OpenPage = (url: string, options?: BrowserContextOptions) => Promise<OpenedPage>;

/** A page, and what its browser had to complain about: errors, violations of its policy, requests to elsewhere. */
export interface OpenedPage {
  page: Page;
  complaints: string[];
  /** Paths that it asked for, with their queries, in order. */
  requests: string[];
}

async function open(browser: Browser, url: string, options?: BrowserContextOptions): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(SHOWN_MS_MAX);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (said) => {
    // An answer that is an error is said by the page itself; the browser says it as well.
    if (said.type() === 'error' && !/Failed to load resource|net::ERR_/.test(said.text())) {
      complaints.push(said.text());
    }
  });
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.origin !== new URL(url).origin) complaints.push(`asked ${asked.origin}`);
    requests.push(asked.pathname + asked.search);
  });
  await page.goto(url);
  return { page, complaints, requests };
}

/** Presses a button that leads out of a lost connection, unless the page got there first: it tries by itself too. */
export async function pressIfThere(page: Page, name: string): Promise<void> {
  await page
    .getByRole('button', { name })
    .click({ timeout: 2_000 })
    .catch(() => undefined);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe-core finds wrong with a page, one line each. The debugger runs it, which the page's Content-Security-Policy does
 * not concern.
 */
export async function axeViolations(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const expression = `${AXE};axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => id + ' at ' + target + ': ' + failureSummary)))`;
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
  return result.value as string[];
}

function isThere(): boolean {
  try {
    accessSync(BINARY, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
