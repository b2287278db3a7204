import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LIST_INCLUDES, type TaskInclude } from '../../shared/core/contracts/task-fields.js';
import { LIST_ORDERS, ORDER_DEFAULT, type ListOrder } from '../../shared/core/ports/list-order.js';
import {
  type ListCursor,
  type ProjectionProgress,
  type ReadModel,
} from '../../shared/core/ports/read-model.js';
import type { ListFilter } from '../../shared/core/ports/task-filter.js';
import type { TaskVersions } from '../../shared/core/ports/task-versions.js';
import { position } from './read-model/changes.js';
import { PastModel } from './task-versions/past-model.js';
import { randomFilter } from './task-versions/random-filter.js';
import { randomLives, type LivedEvent } from './task-versions/random-lives.js';
import { RandomNumbers } from './task-versions/random-numbers.js';

/** What is opened: the versions, and the read model that they live in. */
export interface OpenVersions {
  readModel: ReadModel;
  versions: TaskVersions;
}

/** One engine with its data, for one test. */
export interface VersionsHarness {
  /** Opens it on the data that is there; a test closes one before it opens the next. */
  open(): Promise<OpenVersions>;
  /** Takes the data away. */
  cleanUp(): Promise<void>;
}

/** How much is looked at. */
export interface VersionsSize {
  tasks: number;
  events: number;
  lists: number;
}

const upTo = (number: number, projection = 'versions'): ProjectionProgress => ({
  checkpoint: { projection, position: position(number) },
});

/** The contract that every `TaskVersions` keeps, whole. @param makeHarness Makes an engine without any data. */
export function exerciseTaskVersions(
  name: string,
  makeHarness: () => Promise<VersionsHarness>,
  size: VersionsSize,
): void {
  describe(`TaskVersions: ${name}`, () => {
    let harness: VersionsHarness;
    let opened: OpenVersions;
    let model: PastModel;
    let lived: LivedEvent[];
    const open = async (): Promise<void> => {
      opened = await harness.open();
    };
    const reopen = async (): Promise<void> => {
      await opened.readModel.close();
      await open();
    };
    beforeEach(async () => {
      harness = await makeHarness();
      model = new PastModel();
      lived = [];
      await open();
    });
    afterEach(async () => {
      await opened.readModel.close();
      await harness.cleanUp();
    });

    const live = (random: RandomNumbers, tasks: number, events: number): void => {
      lived = [...randomLives(random, tasks, events)];
      for (const event of lived) model.add(event);
    };
    /** Has some events projected, in batches of random sizes. */
    const project = async (
      random: RandomNumbers,
      events: readonly LivedEvent[],
      sides: { lists?: boolean; versions?: boolean } = { lists: true, versions: true },
    ): Promise<void> => {
      const { readModel, versions } = opened;
      for (let from = 0, to = 0; from < events.length; from = to) {
        to = from + 1 + random.below(random.chance(0.5) ? 20 : 2_000);
        const batch = events.slice(from, to);
        const last = (batch.at(-1) as LivedEvent).at;
        if (sides.lists)
          await readModel.apply(
            batch.map(({ change }) => change),
            upTo(last, 'tasks'),
          );
        if (sides.versions)
          await versions.apply(
            batch.map(({ version }) => version),
            upTo(last),
          );
      }
    };

    /** All items of a list, page by page. */
    const listAt = async (
      at: number,
      filter: ListFilter,
      order: ListOrder,
      limit: number,
      include: readonly TaskInclude[],
    ): Promise<string[]> => {
      const items: string[] = [];
      let cursor: ListCursor | undefined;
      do {
        const page = await opened.versions.list(position(at), { filter, limit, cursor, include, order });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        items.push(...page.items);
        cursor = page.next;
      } while (cursor !== undefined);
      return items;
    };

    /** Compares random lists, counts and states with the model's. @param upToEvent Up to which they are of. */
    const compare = async (
      random: RandomNumbers,
      lists: number,
      upToEvent = lived.length - 1,
    ): Promise<void> => {
      const times = lived.flatMap(({ event: { after } }) => [
        after.created_at,
        ...[after.started_at, after.completed_at].filter((time) => time !== null),
      ]);
      for (let count = 0; count < lists; count++) {
        const at = Math.max(0, (lived[random.below(upToEvent + 1)] as LivedEvent).at - random.below(3));
        const filter = randomFilter(random, model.size, times);
        const order = random.chance(0.7) ? ORDER_DEFAULT : random.oneOf(LIST_ORDERS);
        const include = random.someOf(LIST_INCLUDES, 0.2);
        const asked = JSON.stringify({ at, filter, order, include });
        const items = model.listAt(at, filter, order, include);
        // Some pages, the last one full or not.
        const limit = Math.min(1_000, 1 + Math.floor(items.length / (1 + random.below(6))));
        const found = await listAt(at, filter, order, limit, include);
        expect([asked, ...found]).toEqual([asked, ...items]);
        if (order === ORDER_DEFAULT) {
          const counted = { count: items.length, exact: true };
          expect([asked, await opened.versions.count(position(at), filter)]).toEqual([asked, counted]);
        }
        const taskIds = Array.from({ length: 5 }, () => 1 + random.below(model.size));
        const states = await opened.versions.statesAt(taskIds, position(at));
        for (const taskId of taskIds)
          expect(states.get(taskId)?.revision).toBe(model.stateAt(taskId, at)?.revision);
      }
    };

    it('has nothing before the first', async () => {
      const { versions } = opened;
      expect(await versions.keptFrom()).toBeUndefined();
      expect(await versions.unitAt('2025-03-12T10:00:00.000Z')).toBeUndefined();
      expect(await versions.statesAt([1], position(1))).toEqual(new Map());
      expect(await versions.list(position(1), { filter: {}, limit: 10 })).toEqual({ items: [] });
      expect(await versions.count(position(1), { statuses: ['pending'] })).toEqual({ count: 0, exact: true });
      expect(await versions.checkpoint('versions')).toBeUndefined();
    });

    it('has every list, count and state as it was, for any filter and order', async () => {
      const random = new RandomNumbers(17);
      live(random, size.tasks, size.events);
      await project(random, lived);
      await compare(random, size.lists / 2);
      await reopen();
      await compare(random, size.lists / 2);
    }, 600_000);

    it('has them as well when the lists are further, and after events that come again', async () => {
      const random = new RandomNumbers(18);
      live(random, size.tasks / 4, size.events / 4);
      const middle = Math.floor(lived.length / 2);
      await project(random, lived, { lists: true });
      await project(random, lived.slice(0, middle), { versions: true });
      await compare(random, size.lists / 20, middle - 1);
      // A crash before the checkpoint, in the middle of some batches.
      const again = Math.floor(middle / 2);
      await project(random, lived.slice(again, middle + 5), { versions: true });
      await reopen();
      await project(random, lived.slice(middle - 10), { versions: true });
      await compare(random, size.lists / 10);
    }, 600_000);

    it('keeps what holds from a day on, and nothing of what is older', async () => {
      const random = new RandomNumbers(19);
      live(random, size.tasks / 2, size.events / 2);
      await project(random, lived);
      const { versions } = opened;
      // In the last unit of some.
      const late = (lived[Math.floor(lived.length * 0.95)] as LivedEvent).version.recordedAt;
      const unit = await versions.unitAt(late);
      await versions.keepFrom(late);
      const kept = await versions.keptFrom();
      if (kept === undefined) throw new Error('Nothing was kept from a later unit on');
      expect(kept.position <= (unit?.position ?? '')).toBe(true);
      const from = lived.findIndex(({ at }) => position(at) >= kept.position);
      await versions.keepFrom('2025-01-01');
      expect(await versions.keptFrom()).toEqual(kept);
      await reopen();
      expect(await opened.versions.keptFrom()).toEqual(kept);
      // What held from then on is whole, in the order of the units that are left.
      lived = lived.slice(from);
      await compare(random, size.lists / 10);
      const before = position(Number(kept.position) - 1);
      const left = await opened.versions.statesAt(
        Array.from({ length: 500 }, (_, task) => task + 1),
        before,
      );
      // Only those that held still are there.
      for (const [taskId, { revision }] of left)
        expect(revision).toBe(model.stateAt(taskId, Number(kept.position) - 1)?.revision);
    }, 600_000);

    it('says where the unit begins that a time is in', async () => {
      const random = new RandomNumbers(20);
      live(random, size.tasks / 4, size.events / 4);
      await project(random, lived);
      for (let count = 0; count < 20; count++) {
        const { version } = random.oneOf(lived);
        const start = await opened.versions.unitAt(version.recordedAt);
        expect(start).toBeDefined();
        expect((start?.position as string) <= version.position).toBe(true);
        expect((start?.at as string) <= version.recordedAt).toBe(true);
      }
      const first = (lived[0] as LivedEvent).version;
      expect(await opened.versions.unitAt(first.recordedAt)).toMatchObject({
        unit: 0,
        position: first.position,
      });
      expect(await opened.versions.unitAt('2025-01-01T00:00:00.000Z')).toBeUndefined();
    }, 600_000);

    it('has a checkpoint that does not go back', async () => {
      await opened.versions.apply([], upTo(10));
      await opened.versions.apply([], upTo(7));
      expect(await opened.versions.checkpoint('versions')).toBe(position(10));
      await reopen();
      expect(await opened.versions.checkpoint('versions')).toBe(position(10));
    });
  });
}
