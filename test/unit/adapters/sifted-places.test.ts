import { describe, expect, it } from '@jest/globals';
import { GivenPlaces } from '../../../shared/adapters/embedded/read-model/given-places.js';
import type { Place } from '../../../shared/adapters/embedded/read-model/place.js';
import { SiftedPlaces } from '../../../shared/adapters/embedded/read-model/sifted-places.js';

const PLACES: Place[] = Array.from({ length: 100 }, (_, at) => ({ second: 0, taskId: 100 - at }));

const sifted = (passes: (taskId: number) => boolean, stepsMax: number): SiftedPlaces =>
  new SiftedPlaces(new GivenPlaces(PLACES, {}), ({ taskId }) => passes(taskId), 2, stepsMax);

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
});
