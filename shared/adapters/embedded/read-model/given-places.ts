import type { Place } from './place.js';
import { isBefore, type PlaceBounds, type PlaceStream } from './place-stream.js';

/** Places that are known already, in the order of a list. */
export class GivenPlaces implements PlaceStream {
  private readonly places: readonly Place[];
  private at = 0;

  constructor(places: readonly Place[], { from, end }: PlaceBounds) {
    this.places = places
      .filter(
        (place) =>
          (from === undefined || !isBefore(place, from)) && (end === undefined || isBefore(place, end)),
      )
      .sort((one, other) => (isBefore(one, other) ? -1 : 1));
  }

  get head(): Place | undefined {
    return this.places[this.at];
  }

  next(): void {
    this.at++;
  }

  seek(to: Place): number {
    let steps = 0;
    for (; this.head !== undefined && isBefore(this.head, to); steps++) this.next();
    return steps;
  }

  close(): void {
    this.at = this.places.length;
  }
}
