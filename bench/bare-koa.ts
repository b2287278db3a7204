import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';

/**
 * The limit for HTTP: a Koa with its router, and with nothing but a constant answer of JSON text for each path. The sizes, in
 * bytes, are given as `path=size` on the command line.
 */
const router = new Router();
for (const argument of process.argv.slice(2)) {
  const [path = '', size] = argument.split('=');
  const text = `"${'x'.repeat(Number(size) - 2)}"`;
  router.get(path, (ctx) => {
    ctx.type = 'json';
    ctx.body = text;
  });
}

const app = new Koa();
app.use(router.routes());
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`Bare Koa listens on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
