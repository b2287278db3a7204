import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { ContentEncoding } from './content-encoding.js';

/** What is smaller fits into a packet anyway, in bytes. */
export const COMPRESSED_BYTES_MIN = 1024;

/** How many answers are being compressed at a time, and how many bytes they have: half of Node's threads, which others need. */
const ANSWERS_MAX = 2;
const BYTES_MAX = 8 * 1024 * 1024;

/** Of all services of the process together: they share the threads. */
const underWay = { answers: 0, bytes: 0 };

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/**
 * Compresses an answer that is made for one request, in another thread.
 *
 * @returns `undefined` when there is too much to do: it is sent as it is then, since nobody shall wait for that.
 */
export function compress(content: Buffer, encoding: ContentEncoding): Promise<Buffer> | undefined {
  const bytes = content.length;
  if (underWay.answers >= ANSWERS_MAX || underWay.bytes + bytes > BYTES_MAX) return undefined;
  underWay.answers++;
  underWay.bytes += bytes;
  return compressed(content, encoding, 'quickly').finally(() => {
    underWay.answers--;
    underWay.bytes -= bytes;
  });
}

/** What has been compressed of contents that stay the same. */
const kept = new WeakMap<Buffer, Map<ContentEncoding, Promise<Buffer>>>();

/** Compresses something that stays the same, well and once. */
export function compressOnce(content: Buffer, encoding: ContentEncoding): Promise<Buffer> {
  const forms = kept.get(content) ?? new Map<ContentEncoding, Promise<Buffer>>();
  kept.set(content, forms);
  let form = forms.get(encoding);
  if (form === undefined) {
    form = compressed(content, encoding, 'well');
    forms.set(encoding, form);
    form.catch(() => forms.delete(encoding));
  }
  return form;
}

/** The quick ways take 0.2 ms for a list of 50 tasks and 1.2 ms for one of 1,000, to about a tenth of its bytes. */
function compressed(content: Buffer, encoding: ContentEncoding, how: 'quickly' | 'well'): Promise<Buffer> {
  if (encoding === 'gzip') return gzipped(content, { level: how === 'well' ? 9 : 1 });
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: how === 'well' ? 9 : 2,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  return brotli(content, { params });
}
