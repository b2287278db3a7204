import type { Place } from './place.js';
import { isBefore, type PlaceStream } from './place-stream.js';

/**
 * The places of several streams that have none in common, as one stream. Picks the next by looking at the head of each,
 * which is cheaper than a heap for the few dozens that a list has.
 */
export class MergedPlaces implements PlaceStream {
  private open: PlaceStream[];
  private first: PlaceStream | undefined;

  constructor(sources: readonly PlaceStream[]) {
    this.open = [...sources];
    this.settle();
  }

  get head(): Place | undefined {
    return this.first?.head;
  }

  next(): void {
    this.first?.next();
    this.settle();
  }

  seek(to: Place): number {
    let steps = 0;
    for (const source of this.open) steps += source.seek(to);
    this.settle();
    return steps;
  }

  close(): void {
    for (const source of this.open) source.close();
  }

  private settle(): void {
    let first: PlaceStream | undefined;
    let ended = false;
    for (const source of this.open) {
      if (source.head === undefined) ended = true;
      else if (first?.head === undefined || isBefore(source.head, first.head)) first = source;
    }
    if (ended) this.open = this.open.filter(({ head }) => head !== undefined);
    this.first = first;
  }
}
