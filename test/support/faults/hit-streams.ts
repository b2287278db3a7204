/** Of a commit and of a record: what stands before it. */
const COMMIT_HEADER_BYTES = 32;
const RECORD_HEADER_BYTES = 8;
const SEGMENT_HEADER_BYTES = 64;
const STREAM_BYTES_AT = 18;
const STREAM_AT = 20;

/**
 * Which streams have an event in some bytes of a whole segment: read as `docs/stored-form.md` describes it, so that a test
 * knows what a changed byte may cost.
 */
export function hitStreams(segment: Buffer, at: number, length: number): Set<string> {
  const hit = new Set<string>();
  let commit = SEGMENT_HEADER_BYTES;
  while (commit < segment.length) {
    const end = commit + COMMIT_HEADER_BYTES + segment.readUInt32LE(commit + 4);
    for (let record = commit + COMMIT_HEADER_BYTES; record < end;) {
      const next = record + RECORD_HEADER_BYTES + segment.readUInt32LE(record);
      const nameEnd = record + STREAM_AT + segment.readUInt16LE(record + STREAM_BYTES_AT);
      if (record < at + length && next > at) hit.add(segment.toString('utf8', record + STREAM_AT, nameEnd));
      record = next;
    }
    commit = end;
  }
  return hit;
}

/** The tasks that some streams are about. */
export function tasksOf(streams: Iterable<string>): Set<number> {
  const ids = [...streams].map((stream) => /^task(?:Evidence)?-(\d+)$/.exec(stream)?.[1]);
  return new Set(ids.filter((id) => id !== undefined).map(Number));
}
