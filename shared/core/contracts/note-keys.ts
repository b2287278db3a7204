import { base64Of, bytesOfBase64 } from './base64.js';
import { hexOf } from './signed-note.js';

/** A key that notes are verified with: a verifier key of https://c2sp.org/signed-note, of the type Ed25519. */
export interface NoteKey {
  name: string;
  /** 8 hexadecimal digits that follow from name and key. */
  id: string;
  /** 32 bytes. */
  publicKey: Uint8Array;
}

/** A key that notes are signed with. It is a secret. */
export interface NoteSigner extends NoteKey {
  /** 32 random bytes that the key pair follows from (RFC 8032). */
  seed: Uint8Array;
}

/** What a key's name may be. */
export const KEY_NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/;

/** The same in words. */
export const KEY_NAME_ALLOWED = '1 to 128 letters, digits and ._/-, such as example.com/taskledger';

const ED25519 = 1;
const KEY_BYTES = 32;
const SIGNER_PREFIX = 'PRIVATE+KEY+';

/** The digest that ids of keys are made with: SHA-256. */
type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** A key of a name. */
export function noteKey(name: string, publicKey: Uint8Array, sha256: Sha256): NoteKey {
  const label = new TextEncoder().encode(`${name}\n`);
  const hashed = new Uint8Array(label.length + 1 + publicKey.length);
  hashed.set(label);
  hashed[label.length] = ED25519;
  hashed.set(publicKey, label.length + 1);
  return { name, id: hexOf(sha256(hashed).subarray(0, 4)), publicKey };
}

/** The text of a verifier key: `<name>+<id>+<base64>`. */
export function verifierKeyText({ name, id, publicKey }: NoteKey): string {
  return `${name}+${id}+${typed(publicKey)}`;
}

/** The text of a signer key, as Go's `golang.org/x/mod/sumdb/note` writes it: `PRIVATE+KEY+<name>+<id>+<base64>`. */
export function signerKeyText({ name, id, seed }: NoteSigner): string {
  return `${SIGNER_PREFIX}${name}+${id}+${typed(seed)}`;
}

/** Reads a verifier key. Answers `undefined` for what is none of the type Ed25519, or has another id than follows from it. */
export function parseVerifierKey(text: string, sha256: Sha256): NoteKey | undefined {
  const [, name = '', id, base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  const publicKey = untyped(base64);
  if (publicKey === undefined || !KEY_NAME.test(name)) return undefined;
  const key = noteKey(name, publicKey, sha256);
  return key.id === id ? key : undefined;
}

/** Reads a signer key. Answers `undefined` as `parseVerifierKey` does. */
export function parseSignerKey(
  text: string,
  sha256: Sha256,
  publicKeyOf: (seed: Uint8Array) => Uint8Array,
): NoteSigner | undefined {
  if (!text.startsWith(SIGNER_PREFIX)) return undefined;
  const [, name = '', id, base64 = ''] =
    /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text.slice(SIGNER_PREFIX.length)) ?? [];
  const seed = untyped(base64);
  if (seed === undefined || !KEY_NAME.test(name)) return undefined;
  const key = noteKey(name, publicKeyOf(seed), sha256);
  return key.id === id ? { ...key, seed } : undefined;
}

function typed(key: Uint8Array): string {
  const bytes = new Uint8Array(1 + key.length);
  bytes[0] = ED25519;
  bytes.set(key, 1);
  return base64Of(bytes);
}

function untyped(base64: string): Uint8Array | undefined {
  const bytes = bytesOfBase64(base64);
  return bytes?.length === 1 + KEY_BYTES && bytes[0] === ED25519 ? bytes.subarray(1) : undefined;
}
