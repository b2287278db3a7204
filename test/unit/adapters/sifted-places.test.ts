import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Gathering } from '../../../shared/adapters/embedded/read-model/gathering.js';
import { GivenPlaces } from '../../../shared/adapters/embedded/read-model/given-places.js';
import type { Place } from '../../../shared/adapters/embedded/read-model/place.js';
import { SiftedPlaces } from '../../../shared/adapters/embedded/read-model/sifted-places.js';

const PLACES: Place[] = Array.from({ length: 100 }, (_, at) => ({ second: 0, taskId: 100 - at }));

const sifted = (
  passes: (taskId: number) => boolean,
  stepsMax: number,
  gatherings: readonly Gathering[] = [],
  headStart?: number,
): SiftedPlaces =>
  new SiftedPlaces(new GivenPlaces(PLACES, {}), [{ passes: ({ taskId }) => passes(taskId), steps: 2 }], {
    gatherings,
    stepsMax,
    headStart,
  });

function idsOf(places: SiftedPlaces): number[] {
  const ids: number[] = [];
  for (; places.head !== undefined; places.next()) ids.push(places.head.taskId);
  return ids;
}

describe('SiftedPlaces', () => {
  it('gives those that pass, and has not stopped at the end', () => {
    const places = sifted((taskId) => taskId % 40 === 0, 1_000);
    expect(idsOf(places)).toEqual([80, 40]);
    expect(places.stoppedAt).toBeUndefined();
  });

  it('stops short after so much work, at the last place that it has looked at', () => {
    const places = sifted((taskId) => taskId === 99 || taskId === 1, 20);
    expect(idsOf(places)).toEqual([99]);
    // Ten that do not pass: 100, and nine from 98 on.
    expect(places.stoppedAt).toEqual({ second: 0, taskId: 90 });
  });

  it('seeks to the first that passes', () => {
    const places = sifted((taskId) => taskId % 10 === 0, 1_000);
    expect(places.seek({ second: 0, taskId: 75 })).toBeGreaterThan(0);
    expect(places.head).toEqual({ second: 0, taskId: 70 });
  });

  describe('with what is gathered otherwise', () => {
    const few = [PLACES[3]!, PLACES[90]!];
    const passes = (taskId: number): boolean => few.some((place) => place.taskId === taskId);

    /** What was asked of it. */
    class Found {
      asked = 0;
      closed = false;

      constructor(
        private readonly places: readonly Place[],
        private readonly isAll = true,
      ) {}

      next(): IteratorResult<Place, boolean> {
        const value = this.places[this.asked++];
        return value === undefined ? { done: true, value: this.isAll } : { done: false, value };
      }

      return(): IteratorResult<Place, boolean> {
        this.closed = true;
        return { done: true, value: true };
      }
    }

    it.each([true, false])(
      'goes on with that as soon as it is all there: instead of its stream %s',
      (isWhole) => {
        const found = new Found(few);
        const tested: number[] = [];
        const places = sifted(
          (taskId) => {
            tested.push(taskId);
            return passes(taskId);
          },
          10_000,
          [new Gathering(found, 1, isWhole)],
          4,
        );
        expect(idsOf(places)).toEqual([97, 10]);
        expect(places.stoppedAt).toBeUndefined();
        // Two misses are its head start, and then what is gathered costs no more than they did.
        expect(new Set(tested)).toEqual(new Set([100, 99, 97, 10]));
      },
    );

    it('reads nothing of it while enough pass', () => {
      const found = new Found(few);
      const places = sifted((taskId) => taskId !== 50, 10_000, [new Gathering(found, 1, true)], 4);
      expect(idsOf(places)).toHaveLength(99);
      expect(found.asked).toBe(0);
    });

    it('goes through the stream where it is too many, or not all', () => {
      for (const gathering of [
        new Gathering(new Found(PLACES), 1, true, 10),
        new Gathering(new Found([PLACES[3]!], false), 1, true),
      ])
        expect(idsOf(sifted(passes, 10_000, [gathering], 4))).toEqual([97, 10]);
    });

    it('lets go of it', () => {
      const found = new Found(few);
      sifted(passes, 10_000, [new Gathering(found, 1, true)]).close();
      expect(found.closed).toBe(true);
    });

    it('gives what passes, whatever is gathered at whichever cost, and goes on where it stopped', () => {
      const someIds = fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { maxLength: 30 });
      const anyGathering = fc.record({
        more: someIds,
        cost: fc.integer({ min: 1, max: 5 }),
        isWhole: fc.boolean(),
        isAll: fc.boolean(),
        countMax: fc.integer({ min: 1, max: 60 }),
      });
      fc.assert(
        fc.property(
          someIds,
          fc.array(anyGathering, { maxLength: 3 }),
          fc.integer({ min: 2, max: 120 }),
          fc.integer({ min: 0, max: 20 }),
          (wanted, gathered, stepsMax, headStart) => {
            const ids: number[] = [];
            let from = 100;
            for (;;) {
              const gatherings = gathered.map(({ more, cost, isWhole, isAll, countMax }) => {
                const some = [...new Set([...wanted, ...more])].map((id) => PLACES[100 - id]!);
                return new Gathering(new Found(some, isAll), cost, isWhole, countMax);
              });
              const places = new SiftedPlaces(
                new GivenPlaces(PLACES.slice(100 - from), {}),
                [{ passes: ({ taskId }) => wanted.includes(taskId), steps: 2 }],
                { gatherings, stepsMax, headStart },
              );
              ids.push(...idsOf(places));
              if (places.stoppedAt === undefined) break;
              expect(places.stoppedAt.taskId).toBeLessThanOrEqual(from);
              from = places.stoppedAt.taskId - 1;
            }
            expect(ids).toEqual([...wanted].sort((a, b) => b - a));
          },
        ),
      );
    });
  });
});
