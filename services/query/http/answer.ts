import type { ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { envelopeOfJson } from '../../../shared/core/contracts/envelope.js';
import { compress, compressOnce, COMPRESSED_BYTES_MIN } from './compress.js';
import { contentEncodingFor, type ContentEncoding } from './content-encoding.js';

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
  sendCompressed(ctx, code, envelopeOfJson(code, message, dataJson), [...ENVELOPE, ...headers]);
}

/** Answers with a text that is no envelope, and must not be kept. */
export function answerText(
  ctx: Context,
  mediaType: string,
  text: string,
  status = 200,
  headers: HeaderList = [],
): void {
  sendCompressed(ctx, status, text, ['Content-Type', mediaType, ...API_HEADERS, ...headers]);
}

/** Answers with a head alone. */
export function answerHead(ctx: Context, status: number, headers: HeaderList = API_HEADERS): void {
  ctx.respond = false;
  ctx.res.writeHead(status, [...headers]);
  ctx.res.end();
}

/**
 * Answers with something of a web page. `headers` say what it may load and how long it may be kept. Content that stays the
 * same is given as the same bytes each time, and is compressed once.
 */
export function answerPage(
  ctx: Context,
  mediaType: string,
  content: string | Buffer,
  headers: HeaderList,
): void {
  const all = ['Content-Type', mediaType, ...SAFE, ...headers];
  // Pictures are compressed as they are, but for drawings.
  if (mediaType.startsWith('image/') && !mediaType.includes('svg')) send(ctx, 200, content, all);
  else sendCompressed(ctx, 200, content, all);
}

/** Answers that are still being compressed. */
const unsent = new WeakMap<ServerResponse, Promise<void>>();

/** Resolves when the answer to a request was handed to its connection; `undefined` when that is so already. */
export function answered(response: ServerResponse): Promise<void> | undefined {
  return unsent.get(response);
}

/** Compresses what is large, where the client takes it so. Who does not ask for it pays nothing for it. */
function sendCompressed(ctx: Context, status: number, content: string | Buffer, headers: string[]): void {
  // In a text of JSON nearly every character is one byte; a small one more or less is no matter.
  if (content.length < COMPRESSED_BYTES_MIN) {
    send(ctx, status, content, headers);
    return;
  }
  headers.push('Vary', 'Accept-Encoding');
  const encoding = contentEncodingFor(ctx.req.headers['accept-encoding']);
  const compressing = encoding && begin(content, encoding);
  if (compressing === undefined) {
    send(ctx, status, content, headers);
    return;
  }
  ctx.respond = false;
  const sending = compressing.then(
    (compressed) => send(ctx, status, compressed, [...headers, 'Content-Encoding', encoding as string]),
    () => send(ctx, status, content, headers),
  );
  unsent.set(ctx.res, sending);
}

function begin(content: string | Buffer, encoding: ContentEncoding): Promise<Buffer> | undefined {
  return typeof content === 'string'
    ? compress(Buffer.from(content), encoding)
    : compressOnce(content, encoding);
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
