import type { Place } from '../read-model/place.js';
import type { PlaceStream } from '../read-model/place-stream.js';

/** The places of a stream that may have a place several times, each once. */
export class DistinctPlaces implements PlaceStream {
  constructor(private readonly source: PlaceStream) {}

  get head(): Place | undefined {
    return this.source.head;
  }

  get stoppedAt(): Place | undefined {
    return this.source.stoppedAt;
  }

  next(): void {
    const { head } = this.source;
    // Equal ones stand one after the other.
    do this.source.next();
    while (
      this.source.head !== undefined &&
      this.source.head.taskId === head?.taskId &&
      this.source.head.second === head.second
    );
  }

  seek(to: Place): number {
    return this.source.seek(to);
  }

  close(): void {
    this.source.close();
  }
}
