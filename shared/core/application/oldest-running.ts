import { shownTime, timeOf } from '../contracts/time.js';
import type { ReadModel } from '../ports/read-model.js';

/** Twice as often as an age can be doubled from a second to a hundred years. */
const HALVINGS_MAX = 12;
const AGE_S_MAX = 2 ** 32;

/**
 * When the oldest task that is running was created, in milliseconds since 1970; `undefined` when none is. A list has the newest
 * first, so it is looked for: is there one that is older than this? It is the oldest, or hardly younger than that (a fiftieth of
 * its age, or a second), after a dozen looks, however many there are.
 */
export async function oldestRunning(
  readModel: Pick<ReadModel, 'list'>,
  nowMs: number,
): Promise<number | undefined> {
  const newestBefore = async (createdBefore?: string): Promise<number | undefined> => {
    const filter = { statuses: ['running'] as const, ...(createdBefore !== undefined && { createdBefore }) };
    const [item] = (await readModel.list(filter, 1)).items;
    if (item === undefined) return undefined;
    return Date.parse(`${(JSON.parse(item) as { created_at: string }).created_at}Z`);
  };
  let oldest = await newestBefore();
  if (oldest === undefined) return undefined;
  // Ages by their logarithm, since what is asked for is a share of the age.
  let [low, high] = [Math.log2(Math.max(1, (nowMs - oldest) / 1000)), Math.log2(AGE_S_MAX)];
  for (let halvings = 0; halvings < HALVINGS_MAX && low < high; halvings++) {
    const middle = (low + high) / 2;
    const found = await newestBefore(shownTime(timeOf(Math.floor(nowMs - 2 ** middle * 1000))));
    if (found === undefined) {
      high = middle;
      continue;
    }
    oldest = found;
    low = Math.max(middle, Math.log2(Math.max(1, (nowMs - found) / 1000)));
  }
  return oldest;
}
