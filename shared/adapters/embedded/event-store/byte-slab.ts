import { UTF8_BYTES_PER_UNIT_MAX } from '../../../contracts/fields.js';

const SLAB_BYTES = 1024 * 1024;

/** Larger ones have memory of their own, so that little of a slab is left unused. */
const TEXT_BYTES_MAX = SLAB_BYTES / 8;

/**
 * Texts as UTF-8, cut one after the other from large pieces of memory outside the heap. What an append has made waits
 * for its commit there: as strings, the collector of young objects would copy it again and again meanwhile. A piece is
 * let go once nobody holds any of its texts.
 */
export class ByteSlab {
  #slab = Buffer.alloc(0);
  #used = 0;

  /** The text's bytes. */
  encode(text: string): Buffer {
    const bytesMax = text.length * UTF8_BYTES_PER_UNIT_MAX;
    if (bytesMax > TEXT_BYTES_MAX) return Buffer.from(text);
    if (this.#used + bytesMax > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#slab.write(text, start, 'utf8');
    return this.#slab.subarray(start, this.#used);
  }
}
