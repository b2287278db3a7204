import type { Context } from 'koa';
import { envelopeOfJson } from '../../shared/contracts/envelope.js';
import { withExactIntegers } from '../../shared/contracts/exact-integers.js';

/** Names and values of headers, one after the other: `['Allow', 'GET', 'Retry-After', '1']`. */
export type HeaderList = readonly string[];

const SAFE: HeaderList = ['X-Content-Type-Options', 'nosniff', 'Cross-Origin-Resource-Policy', 'same-origin'];

const JSON_TYPE: HeaderList = ['Content-Type', 'application/json; charset=utf-8'];

/** What every answer of the API has: it is not kept, and no page may make anything else of it. */
export const API_HEADERS: HeaderList = [
  ...['Cache-Control', 'no-store'],
  ...['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ...SAFE,
];

const ENVELOPE: HeaderList = [...JSON_TYPE, ...API_HEADERS];

/** Answers with the envelope around data that is JSON text already. */
export function answerJson(
  ctx: Context,
  code: number,
  message: string,
  dataJson: string,
  headers: HeaderList = [],
): void {
  const data = withExactIntegers(dataJson);
  send(ctx, code, envelopeOfJson(code, message, data), [...ENVELOPE, ...headers]);
}

/** Answers with a text that is no envelope, and must not be kept. */
export function answerText(
  ctx: Context,
  mediaType: string,
  text: string,
  status = 200,
  headers: HeaderList = [],
): void {
  send(ctx, status, text, ['Content-Type', mediaType, ...API_HEADERS, ...headers]);
}

/** Answers with a head alone. */
export function answerHead(ctx: Context, status: number, headers: HeaderList = API_HEADERS): void {
  ctx.respond = false;
  ctx.res.writeHead(status, [...headers]);
  ctx.res.end();
}

/** Answers with something of a web page. `headers` say what it may load and how long it may be kept. */
export function answerPage(
  ctx: Context,
  mediaType: string,
  content: string | Buffer,
  headers: HeaderList,
): void {
  send(ctx, 200, content, ['Content-Type', mediaType, ...SAFE, ...headers]);
}

/**
 * Writes an answer in one go, past Koa's own way. Half of what an answer costs is turning its text into bytes: text of
 * ASCII alone, as most answers are, is written as Latin-1, which gives the same bytes without looking at each character.
 */
function send(ctx: Context, status: number, content: string | Buffer, headers: string[]): void {
  const bytes = Buffer.byteLength(content);
  headers.push('Content-Length', String(bytes));
  ctx.respond = false;
  ctx.res.writeHead(status, headers);
  ctx.res.end(content, bytes === content.length ? 'latin1' : 'utf8');
}
