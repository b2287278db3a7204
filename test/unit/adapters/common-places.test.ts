import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CommonPlaces } from '../../../shared/adapters/embedded/read-model/common-places.js';
import { MergedPlaces } from '../../../shared/adapters/embedded/read-model/merged-places.js';
import type { Place } from '../../../shared/adapters/embedded/read-model/place.js';
import { isBefore, type PlaceStream } from '../../../shared/adapters/embedded/read-model/place-stream.js';

/** A stream of the places of some tasks, which all were created at the same second. A seek takes one step. */
class ListedPlaces implements PlaceStream {
  closed = false;
  private at = 0;
  private readonly places: Place[];

  constructor(taskIds: readonly number[]) {
    this.places = [...new Set(taskIds)].sort((one, other) => other - one).map(placeOf);
  }

  get head(): Place | undefined {
    return this.places[this.at];
  }

  next(): void {
    this.at++;
  }

  seek(to: Place): number {
    while (this.head !== undefined && isBefore(this.head, to)) this.next();
    return 1;
  }

  close(): void {
    this.closed = true;
  }
}

const placeOf = (taskId: number): Place => ({ second: 20250312100000, taskId });

function rest(stream: PlaceStream): number[] {
  const taskIds: number[] = [];
  for (; stream.head !== undefined; stream.next()) taskIds.push(stream.head.taskId);
  return taskIds;
}

const someIds = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });

describe('CommonPlaces', () => {
  it('gives what all streams have, in the order of the list', () => {
    fc.assert(
      fc.property(fc.array(someIds, { minLength: 1, maxLength: 4 }), (streams) => {
        const common = new CommonPlaces(streams.map((ids) => new ListedPlaces(ids)));
        const [first = []] = streams;
        const shared = first.filter((id) => streams.every((ids) => ids.includes(id)));
        expect(rest(common)).toEqual(shared.sort((a, b) => b - a));
        expect(common.stoppedAt).toBeUndefined();
      }),
    );
  });

  it('leaves nothing out when it stops, and goes on from there', () => {
    fc.assert(
      fc.property(
        someIds,
        someIds,
        someIds,
        fc.integer({ min: 1, max: 5 }),
        (one, other, third, stepsMax) => {
          const found: number[] = [];
          let after = Infinity;
          for (let pages = 0; pages < 100; pages++) {
            const left = (ids: number[]): ListedPlaces => new ListedPlaces(ids.filter((id) => id < after));
            const common = new CommonPlaces([one, other, third].map(left), stepsMax);
            found.push(...rest(common));
            if (common.stoppedAt === undefined) break;
            expect(common.stoppedAt.taskId).toBeLessThan(after);
            after = common.stoppedAt.taskId;
          }
          const shared = one.filter((id) => other.includes(id) && third.includes(id));
          expect(found).toEqual(shared.sort((a, b) => b - a));
        },
      ),
    );
  });

  it('lets go of all', () => {
    const streams = [new ListedPlaces([1, 2]), new ListedPlaces([2])] as const;
    new CommonPlaces(streams).close();
    expect(streams.map(({ closed }) => closed)).toEqual([true, true]);
  });
});

describe('MergedPlaces', () => {
  it('gives what any of the streams has, and seeks in all of them', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 60 })),
        fc.integer({ min: 1, max: 4 }),
        (ids, many) => {
          const parts = Array.from({ length: many }, (_, part) => ids.filter((id) => id % many === part));
          const merged = (): MergedPlaces => new MergedPlaces(parts.map((part) => new ListedPlaces(part)));
          expect(rest(merged())).toEqual([...ids].sort((a, b) => b - a));
          const seeking = merged();
          seeking.seek(placeOf(30));
          expect(rest(seeking)).toEqual(ids.filter((id) => id <= 30).sort((a, b) => b - a));
        },
      ),
    );
  });
});
