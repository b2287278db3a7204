/** The two things of cryptography that the ledger needs. */
export interface Crypto {
  /** SHA-256 of a text's UTF-8 bytes, as 64 lower-case hexadecimal digits. */
  sha256(text: string): string;
  /** Random bytes as lower-case hexadecimal digits, two for each byte. */
  randomHex(bytes: number): string;
}
