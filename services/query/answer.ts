import type { OutgoingHttpHeaders } from 'node:http';
import type { Context } from 'koa';
import { envelopeOfJson } from '../../shared/contracts/envelope.js';

/** What a handler of a route is given. */
export type RouteContext = Context & { params: Record<string, string> };

/** Answers with the envelope around data that is JSON text already. */
export function answerJson(
  ctx: Context,
  code: number,
  message: string,
  dataJson: string,
  headers?: OutgoingHttpHeaders,
): void {
  answerText(ctx, code, 'application/json; charset=utf-8', envelopeOfJson(code, message, dataJson), headers);
}

/** Answers with a text of any media type. */
export function answerText(
  ctx: Context,
  status: number,
  mediaType: string,
  text: string | Buffer,
  headers?: OutgoingHttpHeaders,
): void {
  // Koa's own setters look up media types and reason phrases and guess; everything is known here.
  const { res } = ctx;
  ctx.status = status;
  res.setHeader('Content-Type', mediaType);
  if (headers !== undefined) {
    for (const name of Object.keys(headers)) res.setHeader(name, headers[name] as string | number);
  }
  ctx.body = text;
}
