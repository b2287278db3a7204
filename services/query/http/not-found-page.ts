import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { answerText } from './answer.js';
import { pathFor } from './base-path.js';
import { reasonHeaders } from './http-errors.js';

/** Names nothing of what was asked for, which comes from anybody. */
const page = (ctx: Context): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Nothing here – Taskledger</title>
  </head>
  <body>
    <h1>There is nothing here</h1>
    <p><a href="${pathFor(ctx, '/')}">The tasks</a> · <a href="${pathFor(ctx, '/docs')}">The API</a></p>
  </body>
</html>
`;

/** Whether a path that leads nowhere was asked for by a person in a browser, rather than by a program that wants JSON. */
export function wantsNotFoundPage({ method, headers }: IncomingMessage, path: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return !/^\/api(\/|$)/.test(path) && /\btext\/html\b/i.test(headers.accept ?? '');
}

/** Answers with a small page that leads back to what there is. */
export function answerNotFoundPage(ctx: Context): void {
  answerText(ctx, 'text/html; charset=utf-8', page(ctx), 404, reasonHeaders('not_found'));
}
