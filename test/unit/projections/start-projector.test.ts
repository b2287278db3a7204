import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { position } from '../../support/read-model/changes.js';
import { ProjectorUnderTest, until } from './projector-under-test.js';

describe('startProjector', () => {
  let test: ProjectorUnderTest;
  beforeEach(() => {
    test = new ProjectorUnderTest();
  });
  afterEach(async () => {
    test.readModel.beforeApply = () => undefined;
    await test.stopAll();
  });

  const caughtUp = async (projector = test.start()): ReturnType<typeof until> =>
    until(() => projector.status().position === test.store.events.at(-1)?.position);

  describe('taking in', () => {
    it('is caught up with an empty ledger, without a checkpoint', async () => {
      const projector = test.start();
      await until(() => projector.status().caughtUp && projector.status().lagMs === 0);
      expect(projector.status()).toEqual({
        position: undefined,
        lagMs: 0,
        caughtUp: true,
        parkedStreams: 0,
      });
      expect(test.readModel.applied).toEqual([]);
    });

    it('takes in all events of its streams, in batches of at most 1000, one change for each task', async () => {
      for (let event = 0; event < 1500; event++) test.store.add(`task-${(event % 100) + 1}`);
      test.store.add('other-1', 'Bad');
      await caughtUp();
      expect(test.readModel.applied.map(({ changes }) => changes.length)).toEqual([100, 100]);
      expect(test.readModel.applied.map(({ progress }) => progress?.checkpoint)).toEqual([
        { projection: 'toy-1', position: position(1000) },
        { projection: 'toy-1', position: position(1501) },
      ]);
      expect(Object.values(test.revisions())).toEqual(Array<number>(100).fill(14));
    });

    it('writes several batches together where the projection says so, and the rest when it is caught up', async () => {
      for (let event = 0; event < 3500; event++)
        test.store.add(`task-${event + 1}`, event === 7 ? 'Bad' : 'Good');
      test.projection = { ...test.projection, gatherEvents: 1500 };
      const projector = test.start();
      await caughtUp(projector);
      expect(test.readModel.applied.map(({ changes }) => changes.length)).toEqual([1999, 1500]);
      expect(test.readModel.applied.map(({ progress }) => progress?.checkpoint.position)).toEqual([
        position(2000),
        position(3500),
      ]);
      expect(await test.readModel.parked('toy-1')).toMatchObject([{ stream: 'task-8' }]);
      test.store.add('task-1');
      await caughtUp(projector);
      expect(test.readModel.applied).toHaveLength(3);
    });

    it('is as far behind as the oldest event that is not written, and writes it again after trouble', async () => {
      test.nowMs = Date.parse('2025-03-12T10:00:10.000Z');
      for (let event = 0; event < 2500; event++) test.store.add(`task-${event + 1}`);
      test.projection = { ...test.projection, gatherEvents: 2000 };
      let failures = 1;
      test.readModel.beforeApply = () => {
        if (failures-- > 0) throw new UnavailableError('The engine is away');
      };
      const projector = test.start();
      await until(() => projector.status().lastError !== undefined);
      expect(projector.status()).toMatchObject({ lagMs: 10_000, position: undefined });
      await caughtUp(projector);
      expect(test.readModel.documents.size).toBe(2500);
      expect(test.readModel.applied.map(({ changes }) => changes.length)).toEqual([2000, 500]);
    });

    it('follows what comes later', async () => {
      const projector = test.start();
      for (let round = 0; round < 5; round++) {
        test.store.add('task-1');
        await caughtUp(projector);
        expect(test.revisions()).toEqual({ 1: round });
      }
    });

    it('gathers what comes one by one', async () => {
      const projector = test.start();
      await until(() => projector.status().caughtUp);
      for (let event = 0; event < 200; event++) {
        test.store.add(`task-${event + 1}`);
        await setImmediate();
      }
      await caughtUp(projector);
      expect(test.readModel.documents.size).toBe(200);
      expect(test.readModel.applied.length).toBeLessThan(100);
    });

    it('goes on after its checkpoint', async () => {
      test.store.add('task-1');
      const first = test.start();
      await caughtUp(first);
      await first.stop();
      test.store.add('task-2');
      await caughtUp();
      expect(test.store.subscriptions).toEqual([
        { streamPrefix: 'task-' },
        { streamPrefix: 'task-', afterPosition: position(1) },
      ]);
      expect(test.readModel.applied.map(({ changes }) => changes.map(({ taskId }) => taskId))).toEqual([
        [1],
        [2],
      ]);
    });
  });

  describe('lag', () => {
    it('is how long the oldest event that is not taken in has been waiting', async () => {
      let goOn = (): void => undefined;
      test.readModel.beforeApply = () => new Promise<void>((resolve) => (goOn = resolve));
      test.store.add('task-1', 'Good', '2025-03-12T10:00:00.000Z');
      test.store.add('task-2', 'Good', '2025-03-12T10:00:05.000Z');
      const projector = test.start();
      test.nowMs = Date.parse('2025-03-12T10:00:06.000Z');
      await until(() => projector.status().lagMs > 0);
      test.nowMs = Date.parse('2025-03-12T10:00:07.500Z');
      expect(projector.status()).toMatchObject({ lagMs: 7500, caughtUp: false });
      goOn();
      await until(() => projector.status().caughtUp);
      await until(() => projector.status().lagMs === 0);
      expect(projector.status()).toMatchObject({ position: position(2) });
    });

    it('counts from the moment when it could no longer read the ledger', async () => {
      test.store.add('task-1');
      const projector = test.start();
      await until(() => projector.status().caughtUp && projector.status().lagMs === 0);
      test.store.beforeRead = () => {
        throw new UnavailableError('The engine is away');
      };
      test.store.add('task-2');
      await until(() => projector.status().lastError !== undefined);
      test.nowMs += 60_000;
      expect(projector.status().lagMs).toBe(60_000);
      test.store.beforeRead = () => undefined;
      await caughtUp(projector);
      await until(() => projector.status().lagMs === 0);
    });

    it('counts from the moment it was caught up while it gathers, since something may have come', async () => {
      test.nowMs = 1000;
      test.store.add('task-1');
      const projector = test.start();
      await until(() => projector.status().caughtUp);
      test.nowMs = 1008;
      expect(projector.status().lagMs).toBe(8);
      await until(() => projector.status().lagMs === 0);
    });
  });

  describe('trouble', () => {
    const away = new UnavailableError('The engine is away');

    it('goes on by itself when the ledger comes back', async () => {
      test.store.add('task-1');
      let failures = 3;
      test.store.beforeRead = () => {
        if (failures-- > 0) throw away;
      };
      const projector = test.start();
      await until(() => projector.status().lastError !== undefined);
      expect(projector.status()).toMatchObject({ lastError: 'The engine is away', caughtUp: false });
      await caughtUp(projector);
      expect(projector.status()).not.toHaveProperty('lastError');
      expect(test.revisions()).toEqual({ 1: 0 });
      const retries = test.logged.map(({ fields }) => (fields as { retryDelayMs: number }).retryDelayMs);
      expect(retries.map((ms, at) => ms >= 25 * 2 ** at && ms <= 50 * 2 ** at)).toEqual([true, true, true]);
      failures = 1;
      test.store.add('task-1');
      await caughtUp(projector);
      const { code, retryDelayMs } = test.logged.at(-1)?.fields as { code: string; retryDelayMs: number };
      expect([code, retryDelayMs <= 50]).toEqual(['unavailable', true]);
    });

    it('goes on by itself when the read model comes back, and writes the same batch again', async () => {
      for (let event = 0; event < 10; event++) test.store.add(`task-${(event % 5) + 1}`);
      let failures = 2;
      test.readModel.beforeApply = () => {
        if (failures-- > 0) throw away;
      };
      await caughtUp();
      expect(test.revisions()).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 });
    });

    it('does no harm by writing again what was written without being answered', async () => {
      for (let event = 0; event < 10; event++) test.store.add(`task-${(event % 5) + 1}`);
      let failures = 2;
      test.readModel.afterApply = () => {
        if (failures-- > 0) throw away;
      };
      const projector = test.start();
      await until(() => projector.status().caughtUp);
      expect(test.revisions()).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 });
      expect(await test.readModel.checkpoint('toy-1')).toBe(position(10));
    });

    it('subscribes again when a subscription ends without an error', async () => {
      test.store.add('task-1');
      const projector = test.start();
      await caughtUp(projector);
      test.store.endSubscriptions();
      await until(() => projector.status().lastError !== undefined);
      test.store.add('task-2');
      await caughtUp(projector);
      expect(test.revisions()).toEqual({ 1: 0, 2: 0 });
    });
  });

  describe('stopping', () => {
    it('finishes the batch in hand, with its checkpoint', async () => {
      let goOn = (): void => undefined;
      test.readModel.beforeApply = () => new Promise<void>((resolve) => (goOn = resolve));
      test.store.add('task-1');
      let applying = false;
      const { beforeApply } = test.readModel;
      test.readModel.beforeApply = (...args) => {
        applying = true;
        return beforeApply(...args);
      };
      const projector = test.start();
      await until(() => applying);
      let stopped = false;
      const stopping = projector.stop().then(() => (stopped = true));
      await setImmediate();
      expect(stopped).toBe(false);
      goOn();
      await stopping;
      expect(await test.readModel.checkpoint('toy-1')).toBe(position(1));
    });

    it('can be asked for at once, more than once, and together', async () => {
      const projector = test.start();
      await Promise.all([projector.stop(), projector.stop()]);
      await projector.stop();
      test.store.add('task-1');
      await setImmediate();
      expect(test.readModel.applied).toEqual([]);
    });

    it('does not wait for the next try', async () => {
      test.store.beforeRead = () => {
        throw new UnavailableError('The engine is away');
      };
      const projector = test.start();
      await until(() => projector.status().lastError !== undefined);
      await projector.stop();
      expect(test.logged).toHaveLength(1);
    });

    it('loses and doubles nothing, at whatever moment it comes', async () => {
      let added = 0;
      for (let round = 0; round < 200; round++) {
        const projector = test.start();
        for (let turn = 0; turn < round % 7; turn++) {
          for (let event = 0; event < 3; event++) test.store.add(`task-${(added++ % 50) + 1}`);
          await setImmediate();
        }
        await Promise.all(round % 2 === 0 ? [projector.stop()] : [projector.stop(), projector.stop()]);
      }
      await caughtUp();
      const expected = test.store.events.map(({ stream, revision }) => [stream.slice(5), revision] as const);
      expect(test.revisions()).toEqual(Object.fromEntries(expected));
      const changes = test.readModel.applied.flatMap((one) => one.changes);
      expect(new Set(changes.map(({ taskId, revision }) => `${taskId}@${revision}`)).size).toBe(
        changes.length,
      );
    });
  });
});
