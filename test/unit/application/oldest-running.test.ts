import { expect, it } from '@jest/globals';
import { oldestRunning } from '../../../shared/core/application/oldest-running.js';
import type { ReadModel } from '../../../shared/core/ports/read-model.js';

const NOW_MS = Date.parse('2026-01-01T00:00:00Z');
const shown = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

/** A list of tasks that run, by when they were created; counts how often it is asked. */
function listOf(createdMs: readonly number[]): Pick<ReadModel, 'list'> & { asked: number } {
  const newestFirst = createdMs.map(shown).sort().reverse();
  return {
    asked: 0,
    async list({ statuses, createdBefore }, limit) {
      this.asked++;
      expect(statuses).toEqual(['running']);
      const found = newestFirst.filter((second) => createdBefore === undefined || second < createdBefore);
      return { items: found.slice(0, limit).map((created_at) => JSON.stringify({ created_at })) };
    },
  };
}

it('finds none where none runs', async () => {
  expect(await oldestRunning(listOf([]), NOW_MS)).toBeUndefined();
});

it.each([0, 59, 3_600, 86_400, 30 * 86_400, 30 * 365 * 86_400])(
  'finds one of %d seconds, alone and behind many younger ones',
  async (ageS) => {
    const oldest = NOW_MS - ageS * 1_000;
    const younger = Array.from({ length: 1_000 }, (_, at) => NOW_MS - (ageS / 2) * (at / 1_000) * 1_000);
    for (const created of [[oldest], [oldest, ...younger]]) {
      const list = listOf(created);
      expect(await oldestRunning(list, NOW_MS)).toBe(oldest);
      expect(list.asked).toBeLessThanOrEqual(13);
    }
  },
);

it('finds one that is hardly younger than the oldest, however close they stand', async () => {
  const created = Array.from({ length: 5_000 }, (_, at) => NOW_MS - at * 60_000);
  const found = (await oldestRunning(listOf(created), NOW_MS)) as number;
  expect(NOW_MS - found).toBeGreaterThan(0.98 * 4_999 * 60_000);
});

it('takes a task from the future for a new one', async () => {
  expect(await oldestRunning(listOf([NOW_MS + 5_000]), NOW_MS)).toBe(NOW_MS + 5_000);
});
