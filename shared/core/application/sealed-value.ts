import { canonicalJson, isCanonical, type JsonObject, type JsonValue } from '../domain/json.js';
import type { Crypto } from '../ports/crypto.js';

/**
 * The members of `data` that may hold what has to be forgotten one day: they are sealed. A name can be added as long as no
 * stored event has it.
 */
export const ERASABLE_MEMBERS = [
  'params',
  'result',
  'error_message',
  'error_stack',
  'message',
  'reason',
] as const;

const ERASABLE_NAMES: ReadonlySet<string> = new Set(ERASABLE_MEMBERS);

const SALT_BYTES = 16;

/**
 * An erasable value as it is stored. Its hash, SHA-256(salt ‖ JCS(value)), is all of it that goes into the event's own hash.
 * So salt and value can be taken away for the hash alone, and the chain still verifies.
 */
export type SealedValue =
  | {
      /** 16 random bytes as base64url; the hash takes the text. */
      salt: string;
      value: JsonValue;
    }
  /** What is left of an erased value. */
  | { hash: string };

/** Whether a member of `data` may have to be forgotten one day. */
export function isErasable(member: string): boolean {
  return ERASABLE_NAMES.has(member);
}

/** Seals a value: the JSON of the `SealedValue`, in which the value's members keep their order, and its hash. */
export function sealValue(value: JsonValue, crypto: Crypto): { json: string; hash: string } {
  const valueJson = JSON.stringify(value);
  const salt = crypto.randomText(SALT_BYTES);
  const hash = crypto.sha256(salt + (isCanonical(value) ? valueJson : canonicalJson(value)));
  return { json: `{"salt":"${salt}","value":${valueJson}}`, hash };
}

/** The value, or `undefined` when it was erased. */
export function unsealedValue(sealed: JsonValue | undefined): JsonValue | undefined {
  return (sealed as { value?: JsonValue } | null | undefined)?.value;
}

/** Stored data as it goes into the event's hash: each sealed member replaced by its own hash. */
export function withSealedHashes(data: JsonObject, crypto: Pick<Crypto, 'sha256'>): JsonObject {
  let hashed = data;
  for (const member of ERASABLE_MEMBERS) {
    const sealed = data[member] as SealedValue | undefined;
    if (sealed === undefined) continue;
    if (hashed === data) hashed = { ...data };
    hashed[member] = sealedHash(sealed, crypto);
  }
  return hashed;
}

/** What is neither a whole sealed value nor what is left of one has no hash: nothing in it may go unhashed. */
function sealedHash(sealed: SealedValue, crypto: Pick<Crypto, 'sha256'>): string {
  const members = typeof sealed === 'object' ? Object.keys(sealed).length : 0;
  if (members === 2 && 'value' in sealed) return crypto.sha256(sealed.salt + canonicalJson(sealed.value));
  return members === 1 && 'hash' in sealed ? sealed.hash : '';
}
