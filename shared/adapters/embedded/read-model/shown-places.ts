import type { Place } from './place.js';
import { isBefore, taskAt, type PlaceStream } from './place-stream.js';

/**
 * The places of a list: those in the tables, and those of tasks that are shown ahead of them, whose entries in the tables say
 * nothing any more. Where the tables have stopped short the list does, too.
 */
export class ShownPlaces implements PlaceStream {
  head: Place | undefined;
  /** As `PlaceStream.stoppedAt`. */
  stoppedAt: Place | undefined;

  /** @param isPending Whether a task is shown ahead of the tables. */
  constructor(
    private readonly stored: PlaceStream,
    private readonly pending: PlaceStream,
    private readonly isPending: (taskId: number) => boolean,
  ) {
    this.settle();
  }

  next(): void {
    if (this.head === this.stored.head) this.stored.next();
    else this.pending.next();
    this.settle();
  }

  seek(to: Place): number {
    const steps = this.stored.seek(to) + this.pending.seek(to);
    this.settle();
    return steps;
  }

  close(): void {
    this.stored.close();
    this.pending.close();
  }

  private settle(): void {
    const { stored, pending } = this;
    while (stored.head !== undefined && this.isPending(taskAt(stored.head))) stored.next();
    const { head: ahead } = pending;
    if (stored.head === undefined) {
      const end = stored.stoppedAt;
      const isBeyond = end !== undefined && (ahead === undefined || isBefore(end, ahead));
      this.head = isBeyond ? undefined : ahead;
      this.stoppedAt = isBeyond ? end : undefined;
    } else {
      this.head = ahead !== undefined && isBefore(ahead, stored.head) ? ahead : stored.head;
    }
  }
}
