const SLAB_BYTES = 1024 * 1024;

/** The most bytes that a UTF-16 code unit has in UTF-8. */
const BYTES_PER_UNIT_MAX = 3;

/**
 * Texts as UTF-8, cut one after the other from large pieces of memory outside the heap. What an append has made waits
 * for its commit there: as strings, the collector of young objects would copy it again and again meanwhile. A piece is
 * let go once nobody holds any of its texts.
 */
export class ByteSlab {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;

  /** The text's bytes. */
  encode(text: string): Buffer {
    const bytesMax = text.length * BYTES_PER_UNIT_MAX;
    if (bytesMax > SLAB_BYTES) return Buffer.from(text);
    if (this.#used + bytesMax > SLAB_BYTES) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#slab.write(text, start, 'utf8');
    return this.#slab.subarray(start, this.#used);
  }
}
