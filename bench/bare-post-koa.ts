import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { RawLedger } from './raw-ledger.js';

/**
 * The limit for what is published over HTTP: a Koa that reads a body, parses it as JSON and answers a constant text. The
 * text's size, in bytes, is given on the command line and, when each body is to be put into LMDB before it is answered, a
 * folder for that.
 */
const [size, folder] = process.argv.slice(2);
const answer = `"${'x'.repeat(Number(size) - 2)}"`;
const raw = folder === undefined ? undefined : new RawLedger(folder);

const app = new Koa();
app.use(async (ctx) => {
  const chunks: Buffer[] = [];
  ctx.req.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(ctx.req, 'end');
  const body = Buffer.concat(chunks);
  const { specversion } = JSON.parse(body.toString()) as { specversion?: string };
  if (specversion === undefined) throw new Error('No event was sent');
  await raw?.put([body]);
  ctx.type = 'json';
  ctx.body = answer;
});
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`Bare Koa listens on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
