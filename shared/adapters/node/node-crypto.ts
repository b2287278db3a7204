import { hash, randomFillSync } from 'node:crypto';
import type { Crypto } from '../../core/ports/crypto.js';

/** Random bytes are drawn from the operating system in pools of this size: one call for many small draws. */
const POOL_BYTES = 4096;

/** The crypto port on Node's own OpenSSL. */
export class NodeCrypto implements Crypto {
  private readonly pool = Buffer.alloc(POOL_BYTES);
  private used = POOL_BYTES;

  sha256(text: string): string {
    return hash('sha256', text, 'base64url');
  }

  /** @param bytes At most `POOL_BYTES`. */
  randomText(bytes: number): string {
    if (this.used + bytes > POOL_BYTES) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    this.used += bytes;
    return this.pool.toString('base64url', this.used - bytes, this.used);
  }
}
