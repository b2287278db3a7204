import { STREAM_NAME_BYTES_MAX } from '../../../core/ports/append-check.js';

// How the part of a name after its last `-` is written: most names of streams are a category and an id.
const NUMBER = 1;
const HASH = 2;
const TEXT = 3;

const NUMBERED = /^([^]{1,64}?)-(0|[1-9]\d{0,14})$/;
const HASHED = /^([^]{1,64}?)-([0-9a-f]{64}|[\w-]{43})$/;

/** The longest key. */
export const STREAM_KEY_BYTES_MAX = STREAM_NAME_BYTES_MAX + 3;

/**
 * Writes a stream's name so that no key is the beginning of another, and streams that were made one after the other lie
 * together: category, then number.
 *
 * @returns Where the next byte goes.
 */
export function writeStreamKey(target: Buffer, start: number, stream: string): number {
  const numbered = NUMBERED.exec(stream);
  if (numbered !== null) {
    const at = writeText(target, target.writeUInt8(NUMBER, start), numbered[1] as string);
    return target.writeUIntBE(
      Number(numbered[2]) % 2 ** 32,
      target.writeUIntBE(Math.floor(Number(numbered[2]) / 2 ** 32), at, 3),
      4,
    );
  }
  const hashed = HASHED.exec(stream);
  const bytes = hashed === null ? undefined : hashBytes(hashed[2] as string);
  if (hashed !== null && bytes !== undefined) {
    const at = writeText(target, target.writeUInt8(HASH, start), hashed[1] as string);
    target[at] = (hashed[2] as string).length;
    return at + 1 + bytes.copy(target, at + 1);
  }
  return writeText(target, target.writeUInt8(TEXT, start), stream);
}

/** Reads what `writeStreamKey` wrote; answers the name and where the next byte stands. */
export function readStreamKey(source: Buffer, start: number): { stream: string; end: number } {
  const kind = source[start];
  const { text, end } = readText(source, start + 1);
  if (kind === TEXT) return { stream: text, end };
  if (kind === NUMBER) {
    const id = source.readUIntBE(end, 3) * 2 ** 32 + source.readUInt32BE(end + 3);
    return { stream: `${text}-${id}`, end: end + 7 };
  }
  const hash = source.toString(source[end] === 64 ? 'hex' : 'base64url', end + 1, end + 33);
  return { stream: `${text}-${hash}`, end: end + 33 };
}

/** The bytes of a hash, when it is written as its bytes give it back. */
function hashBytes(text: string): Buffer | undefined {
  const encoding = text.length === 64 ? 'hex' : 'base64url';
  const bytes = Buffer.from(text, encoding);
  return bytes.length === 32 && bytes.toString(encoding) === text ? bytes : undefined;
}

function writeText(target: Buffer, at: number, text: string): number {
  const bytes = target.write(text, at + 2);
  target.writeUInt16BE(bytes, at);
  return at + 2 + bytes;
}

function readText(source: Buffer, at: number): { text: string; end: number } {
  const end = at + 2 + source.readUInt16BE(at);
  return { text: source.toString('utf8', at + 2, end), end };
}
