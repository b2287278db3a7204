import {
  createPrivateKey,
  createPublicKey,
  hash,
  randomBytes,
  randomFillSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import type { Crypto, SealCrypto } from '../../core/ports/crypto.js';

/** Random bytes are drawn from the operating system in pools of this size: one call for many small draws. */
const POOL_BYTES = 4096;

/** What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410): of a private one in PKCS #8, of a public one in SPKI. */
const PRIVATE_KEY_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_KEY_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

const KEY_BYTES = 32;

/** The crypto ports on Node's own OpenSSL. */
export class NodeCrypto implements Crypto, SealCrypto {
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

  digest(data: string | Uint8Array): Uint8Array {
    return hash('sha256', data, 'buffer');
  }

  newSeed(): Uint8Array {
    return randomBytes(KEY_BYTES);
  }

  publicKeyOf(seed: Uint8Array): Uint8Array {
    const der = createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' });
    return der.subarray(PUBLIC_KEY_HEAD.length);
  }

  sign(seed: Uint8Array, text: string): Uint8Array {
    return sign(null, Buffer.from(text), privateKey(seed));
  }

  verify(publicKey: Uint8Array, text: string, signature: Uint8Array): boolean {
    if (publicKey.length !== KEY_BYTES) return false;
    const der = Buffer.concat([PUBLIC_KEY_HEAD, publicKey]);
    try {
      const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
      return verify(null, Buffer.from(text), key, signature);
    } catch {
      return false;
    }
  }
}

function privateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([PRIVATE_KEY_HEAD, seed]),
    format: 'der',
    type: 'pkcs8',
  });
}
