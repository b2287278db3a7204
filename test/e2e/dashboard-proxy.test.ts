import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInChromium } from '../support/chromium.js';
import { LivePipeline } from '../support/live-pipeline.js';
import { startServer, type Server } from '../support/server.js';

/** The page behind a proxy that gathers answers before it passes them on, so that a stream never comes. */

describeInChromium('the page behind a proxy', (openPage) => {
  let dataDir: string;
  let server: Server;
  const pipeline = new LivePipeline(() => server.url);
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-proxy-'));
    server = await startServer({ dataDir });
  });
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it.each(['nothing', 'the head alone', 'an error in the place'])(
    'that passes on %s of a stream asks for the list instead',
    async (passed) => {
      const key = `ocr/${passed.length}`;
      await pipeline.start([key]);
      const proxy = await holdingProxy(server.url, passed);
      const { port } = proxy.address() as AddressInfo;
      const { page, complaints } = await openPage(`http://127.0.0.1:${port}/`);
      const row = page.locator('tr.task', { has: page.locator(`td.key[title="${key}"]`) });
      await row.getByRole('link').press('Enter');
      await page.getByText('Polling every 3 s').waitFor();
      await pipeline.start([`${key}/later`]);
      await pipeline.tell(key, 'progressed', { progress: 41 });
      await row.getByText('41 / 100').waitFor();
      await page.locator(`td.key[title="${key}/later"]`).waitFor();
      await page.getByRole('complementary').getByText('Progress 41 of 100').waitFor();
      expect(complaints).toEqual([]);
      await page.context().close();
      proxy.closeAllConnections();
      proxy.close();
    },
  );
});

/** Passes everything on, but of an event stream its head at most, or an error for it. */
async function holdingProxy(target: string, passedOn: string): Promise<HttpServer> {
  const proxy = createServer((asked, answer) => {
    const { host } = new URL(target);
    const options = { method: asked.method, headers: { ...asked.headers, host } };
    const passed = request(target + asked.url, options, (response) => {
      if (response.headers['content-type'] !== 'text/event-stream') {
        answer.writeHead(response.statusCode as number, response.headers);
        response.pipe(answer);
        return;
      }
      response.resume();
      if (passedOn === 'the head alone') {
        answer.writeHead(200, response.headers);
        answer.flushHeaders();
      } else if (passedOn !== 'nothing') answer.writeHead(502).end();
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return proxy;
}
