import { describe, expect, it } from '@jest/globals';
import {
  hasEarlier,
  HISTORY_PART,
  NO_HISTORY,
  withEarlier,
  withNewer,
  type AskHistory,
} from '../../../services/dashboard/live/task-history.js';

/** A history as the API answers it: so many of each, at most `pageMax` to a page, as where entries are large. */
function historyOf(events: number, evidence = 0, pageMax = 1000): { ask: AskHistory; asked: string[] } {
  const asked: string[] = [];
  const part = (count: number, from: number, limit: number): any[] =>
    Array.from({ length: Math.max(0, Math.min(count - from, limit, pageMax)) }, (_, at) => ({
      revision: from + at,
    }));
  const ask: AskHistory = async (query) => {
    asked.push(query);
    const parameters = new URLSearchParams(query);
    const [limit, fromRevision, fromEvidence] = ['limit', 'from_revision', 'from_evidence'].map((name) =>
      Number(parameters.get(name)),
    ) as [number, number, number];
    const page = {
      events: part(events, fromRevision, limit),
      evidence: part(evidence, fromEvidence, limit),
    };
    const isLast =
      fromRevision + page.events.length >= events && fromEvidence + page.evidence.length >= evidence;
    return { history: page, next: isLast ? undefined : 'more' };
  };
  return { ask, asked };
}

const revisions = (entries: readonly { revision: number }[]): number[] =>
  entries.map(({ revision }) => revision);
const numbers = (from: number, before: number): number[] =>
  Array.from({ length: before - from }, (_, at) => from + at);

describe('the history of a task', () => {
  it('is loaded whole, by one request, where it is short', async () => {
    const { ask, asked } = historyOf(20, 3);
    const loaded = await withNewer(NO_HISTORY, ask);
    expect(revisions(loaded.events)).toEqual(numbers(0, 20));
    expect(revisions(loaded.evidence)).toEqual(numbers(0, 3));
    expect(hasEarlier(loaded)).toBe(false);
    expect(asked).toHaveLength(1);
  });

  it.each([501, 999, 1000, 1001, 1500, 4_321, 100_000])(
    'of %d events begins with the newest',
    async (count) => {
      const { ask, asked } = historyOf(count);
      let loaded = await withNewer(NO_HISTORY, ask);
      expect(loaded.events.at(-1)?.revision).toBe(count - 1);
      const first = loaded.events[0]?.revision as number;
      expect(count - first).toBeGreaterThanOrEqual(Math.min(count, HISTORY_PART));
      expect(revisions(loaded.events)).toEqual(numbers(first, count));
      expect(asked.length).toBeLessThan(24);
      if (count > 5_000) return;
      while (hasEarlier(loaded)) loaded = await withEarlier(loaded, ask);
      expect(revisions(loaded.events)).toEqual(numbers(0, count));
    },
  );

  it('goes on where it was, and leaves out what is too much to be read', async () => {
    const loaded = await withNewer(NO_HISTORY, historyOf(10).ask);
    const longer = await withNewer(loaded, historyOf(25, 1).ask);
    expect(revisions(longer.events)).toEqual(numbers(0, 25));
    expect(revisions(longer.evidence)).toEqual([0]);
    const further = await withNewer(longer, historyOf(900).ask);
    expect(revisions(further.events)).toEqual(numbers(0, 900));
    const far = await withNewer(longer, historyOf(9_000).ask);
    expect(far.events.at(-1)?.revision).toBe(8_999);
    expect(far.events.length).toBeLessThanOrEqual(2 * HISTORY_PART + 1);
  });

  it('has all of its evidence, and all of a page that was cut short', async () => {
    const loaded = await withNewer(NO_HISTORY, historyOf(3, 1_020).ask);
    expect(revisions(loaded.events)).toEqual(numbers(0, 3));
    expect(revisions(loaded.evidence)).toEqual(numbers(0, 1_020));
    const cut = historyOf(1_200, 5, 70);
    const newest = await withNewer(NO_HISTORY, cut.ask);
    expect(newest.events.at(-1)?.revision).toBe(1_199);
    const first = newest.events[0]?.revision as number;
    expect(revisions(newest.events)).toEqual(numbers(first, 1_200));
    expect(revisions((await withEarlier(newest, cut.ask)).events)).toEqual(
      numbers(Math.max(0, first - HISTORY_PART), 1_200),
    );
  });
});
