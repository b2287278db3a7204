/** The things of cryptography that the ledger needs. */
export interface Crypto {
  /** SHA-256 of a text's UTF-8 bytes, as base64url without padding (RFC 4648, section 5): 43 characters. */
  sha256(text: string): string;
  /** Random bytes as base64url without padding: 16 of them are 22 characters. */
  randomText(bytes: number): string;
}

/** The things of cryptography that seals need, on bytes. */
export interface SealCrypto {
  /** SHA-256 of bytes, or of a text's UTF-8 bytes: 32 bytes. */
  digest(data: string | Uint8Array): Uint8Array;
  /** 32 random bytes, which a key pair of Ed25519 follows from. */
  newSeed(): Uint8Array;
  /** The public key that follows from a seed (RFC 8032): 32 bytes. */
  publicKeyOf(seed: Uint8Array): Uint8Array;
  /** The signature of Ed25519 over a text's UTF-8 bytes: 64 bytes. */
  sign(seed: Uint8Array, text: string): Uint8Array;
  /** Whether a signature of Ed25519 is right. What is no key, or no signature, gives `false`. */
  verify(publicKey: Uint8Array, text: string, signature: Uint8Array): boolean;
}
