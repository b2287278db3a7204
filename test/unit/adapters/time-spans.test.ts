import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DerivedFolder } from '../../../shared/adapters/embedded/derived-folder.js';
import type { Place } from '../../../shared/adapters/embedded/read-model/place.js';
import { isBefore, mirrored } from '../../../shared/adapters/embedded/read-model/place-stream.js';
import {
  SPANNED,
  TimeSpans,
  type SpannedTask,
  type WantedSpan,
} from '../../../shared/adapters/embedded/read-model/time-spans.js';

/** So many seconds that every level is gone into, and left. */
const SECONDS = 1_000_000;

describe('TimeSpans', () => {
  let path: string;
  let folders = 0;
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), 'taskledger-spans-'));
  });
  afterAll(() => rm(path, { recursive: true, force: true }));

  const withSpans = async (use: (spans: TimeSpans) => void): Promise<void> => {
    const folder = DerivedFolder.open(join(path, String(++folders)), { format: 'spans', version: 1 });
    try {
      const spans = new TimeSpans(folder);
      folder.root.transactionSync(() => use(spans));
    } finally {
      await folder.close();
    }
  };

  // Near to each other in one place, far in another.
  const second = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: SECONDS }));
  const anyTask: fc.Arbitrary<SpannedTask> = fc
    .record({ created: second, started: second, ended: second, due: second }, { requiredKeys: ['created'] })
    .map((times) => times as SpannedTask);
  const anySpan: fc.Arbitrary<WantedSpan> = fc
    .record({ of: fc.constantFrom(...SPANNED), from: second, for: fc.oneof(second, fc.constant(Infinity)) })
    .map(({ of, from, for: seconds }) => ({ of, from, before: from + seconds }));

  it('never leads past a task that is wanted, whatever it came to before, in either direction', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(anyTask, fc.option(anyTask)), { minLength: 1, maxLength: 30 }),
        fc.array(anySpan, { minLength: 1, maxLength: 2 }),
        fc.constantFrom('created', 'ended'),
        fc.boolean(),
        async (tasks, wanted, order, ascending) => {
          await withSpans((spans) => {
            const places: Place[] = [];
            const wantedPlaces: Place[] = [];
            for (const [taskId, [task, later]] of tasks.entries()) {
              spans.put(task, undefined);
              const now = later === null ? task : { ...later, created: task.created };
              if (later !== null) spans.put(now, task);
              const at = now[order];
              if (at === undefined) continue;
              const place = { second: at, taskId };
              places.push(ascending ? mirrored(place) : place);
              const isWanted = wanted.every(({ of, from, before }) => {
                const time = now[of];
                return time !== undefined && time >= from && time < before;
              });
              if (isWanted) wantedPlaces.push(places.at(-1)!);
            }
            const leap = spans.leap(order, wanted, ascending);
            places.sort((one, other) => (isBefore(one, other) ? -1 : 1));
            for (const place of places) {
              const goal = leap(place)?.to;
              if (goal === undefined) continue;
              expect(isBefore(place, goal)).toBe(true);
              for (const one of wantedPlaces) expect(isBefore(one, place) || !isBefore(one, goal)).toBe(true);
            }
          });
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('leads far where nothing is wanted for long, and nowhere where nothing is known', async () => {
    await withSpans((spans) => {
      for (let created = 0; created < 100_000; created += 5)
        spans.put({ created, started: created }, undefined);
      const early: WantedSpan[] = [{ of: 'started', from: 0, before: 50 }];
      const leap = spans.leap('created', early, false);
      let place: Place | undefined = { second: 99_995, taskId: 1 };
      const places: Place[] = [];
      for (; place !== undefined; place = leap(place)?.to) places.push(place);
      expect(places.at(-1)!.second).toBeLessThan(60);
      expect(places.length).toBeLessThan(5);
      expect(spans.leap('ended', early, false)({ second: 99_995, taskId: 1 })).toBeUndefined();
    });
  });

  it('takes nothing for what never came to it', async () => {
    await withSpans((spans) => {
      spans.put({ created: 1_000 }, undefined);
      const leap = spans.leap('created', [{ of: 'due', from: 0, before: Infinity }], true);
      expect(leap(mirrored({ second: 1_000, taskId: 7 }))?.to.second).toBeLessThan(-1_000);
    });
  });
});
