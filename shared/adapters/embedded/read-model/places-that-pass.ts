import type { Place } from './place.js';
import type { PlaceStream } from './place-stream.js';

/** Those places of a stream that pass a test. It is for streams of which nearly all do. */
export class PlacesThatPass implements PlaceStream {
  constructor(
    private readonly source: PlaceStream,
    private readonly passes: (place: Place) => boolean,
  ) {
    this.settle();
  }

  get head(): Place | undefined {
    return this.source.head;
  }

  get stoppedAt(): Place | undefined {
    return this.source.stoppedAt;
  }

  next(): void {
    this.source.next();
    this.settle();
  }

  seek(to: Place): number {
    const steps = this.source.seek(to);
    this.settle();
    return steps;
  }

  close(): void {
    this.source.close();
  }

  private settle(): void {
    while (this.source.head !== undefined && !this.passes(this.source.head)) this.source.next();
  }
}
