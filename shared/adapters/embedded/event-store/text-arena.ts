const BYTES_MIN = 256 * 1024;

/**
 * Texts as UTF-8 in memory that is used again and again: a small buffer of its own for each text of a commit would
 * leave more to collect than everything else that an append does.
 */
export class TextArena {
  #buffer = Buffer.allocUnsafeSlow(BYTES_MIN);
  #used = 0;

  /** The text's bytes, good until `reset`. */
  encode(text: string): Buffer {
    const bytesMax = text.length * 3;
    if (this.#used + bytesMax > this.#buffer.length) {
      // Those given out so far keep the old memory.
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(BYTES_MIN, bytesMax));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#buffer.write(text, start, 'utf8');
    return this.#buffer.subarray(start, this.#used);
  }

  /** Allows the memory to be written over. */
  reset(): void {
    this.#used = 0;
  }
}
