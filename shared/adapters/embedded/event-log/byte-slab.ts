const SLAB_BYTES = 1024 * 1024;

/** Larger ones have memory of their own, so that little of a slab is left unused. */
const SHARED_BYTES_MAX = SLAB_BYTES / 8;

/**
 * Pieces of memory outside the heap, cut one after the other from large ones. What an append has made waits for its commit
 * there: as strings, the collector of young objects would copy it again and again meanwhile. A slab is let go once nobody
 * holds any of its pieces.
 */
export class ByteSlab {
  #slab = Buffer.alloc(0);
  #used = 0;

  /** Room for so many bytes, to be written to at once; `keep` says how many of them were needed. */
  reserve(bytesMax: number): Buffer {
    if (bytesMax > SHARED_BYTES_MAX) return Buffer.allocUnsafeSlow(bytesMax);
    if (this.#used + bytesMax > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    return this.#slab.subarray(this.#used, this.#used + bytesMax);
  }

  /** The first bytes of what was reserved last; the rest is given to whoever comes next. */
  keep(reserved: Buffer, bytes: number): Buffer {
    if (reserved.buffer === this.#slab.buffer) this.#used += bytes;
    // Memory of its own, most of which may be unused, is not held for a few bytes.
    else if (reserved.length > 2 * bytes) return Buffer.from(reserved.subarray(0, bytes));
    return reserved.subarray(0, bytes);
  }
}
