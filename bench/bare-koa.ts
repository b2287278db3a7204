import type { AddressInfo } from 'node:net';
import Koa from 'koa';

/**
 * The limit for HTTP: a Koa with nothing but a constant answer of JSON text for each path. The sizes, in bytes, are given as
 * `path=size` on the command line.
 */
const answers = new Map(
  process.argv.slice(2).map((argument) => {
    const [path = '', size] = argument.split('=');
    return [path, `"${'x'.repeat(Number(size) - 2)}"`] as const;
  }),
);

const app = new Koa();
app.use((ctx) => {
  ctx.type = 'json';
  ctx.body = answers.get(ctx.path);
});
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`Bare Koa listens on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
