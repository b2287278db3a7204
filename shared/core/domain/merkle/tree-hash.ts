/** SHA-256 of bytes, or of a text's UTF-8 bytes: 32 bytes. */
export type Digest = (data: string | Uint8Array) => Uint8Array;

/** The size of a hash, in bytes. */
export const HASH_BYTES = 32;

/** The largest tree that is counted with, in leaves: far more than any ledger has events, and exact as a double. */
export const TREE_SIZE_MAX = 2 ** 48;

const NODE_PREFIX = 1;

/** The hash of a tree without leaves (RFC 6962, section 2.1). */
export function emptyRoot(digest: Digest): Uint8Array {
  return digest('');
}

/** The hash of a leaf, SHA-256(0x00 ‖ leaf) (RFC 6962, section 2.1), of a leaf that is a text, in UTF-8. */
export function leafHash(leaf: string, digest: Digest): Uint8Array {
  return digest(`\0${leaf}`);
}

/** The hash of a node, SHA-256(0x01 ‖ left ‖ right) (RFC 6962, section 2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array, digest: Digest): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES);
  bytes[0] = NODE_PREFIX;
  bytes.set(left, 1);
  bytes.set(right, 1 + HASH_BYTES);
  return digest(bytes);
}

/** Whether two hashes are the same. Neither is a secret. */
export function equalHashes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
