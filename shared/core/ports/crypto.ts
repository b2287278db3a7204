/** The two things of cryptography that the ledger needs. */
export interface Crypto {
  /** SHA-256 of a text's UTF-8 bytes, as base64url without padding (RFC 4648, section 5): 43 characters. */
  sha256(text: string): string;
  /** Random bytes as base64url without padding: 16 of them are 22 characters. */
  randomText(bytes: number): string;
}
