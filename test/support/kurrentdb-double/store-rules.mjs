/** What an operator can set on the real server, and what goes wrong with it now and then. */
export class StoreRules {
  /** The real server's MaxAppendSize: 1 MiB up to 24.10. */
  appendBytesMax = 1024 * 1024;
  /** After this the real server answers `Timeout`, in milliseconds. */
  commitTimeoutMs = 2_000;
  /** What the user may not do: `read` and `write`. */
  #denied = new Set();
  /** Streams that were deleted for good. */
  #tombstones = new Set();
  #unansweredStream;

  deny(...rights) {
    this.#denied = new Set(rights);
  }

  denies(right) {
    return this.#denied.has(right);
  }

  tombstone(stream) {
    this.#tombstones.add(stream);
  }

  isTombstoned(stream) {
    return this.#tombstones.has(stream);
  }

  /** Appends to this stream are taken and never answered, as by a node that has been cut off. */
  leaveUnanswered(stream) {
    this.#unansweredStream = stream;
  }

  isUnanswered(stream) {
    return stream === this.#unansweredStream;
  }
}
