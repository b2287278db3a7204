import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PARKED_STREAMS_MAX } from '../../../projections/engine/parking.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { position } from '../../support/read-model/changes.js';
import { ProjectorUnderTest, projectionWithout, until } from './projector-under-test.js';

describe('parking', () => {
  let test: ProjectorUnderTest;
  beforeEach(() => {
    test = new ProjectorUnderTest();
  });
  afterEach(async () => test.stopAll());

  const caughtUp = async (projector = test.start()): Promise<void> => {
    await until(() => projector.status().position === test.store.events.at(-1)?.position);
  };

  it('parks a stream at the event that can not be projected, and goes on with all others', async () => {
    test.store.add('task-1');
    test.store.add('task-1', 'Bad');
    test.store.add('task-2');
    test.store.add('task-1');
    const projector = test.start();
    await caughtUp(projector);
    expect(test.revisions()).toEqual({ 1: 0, 2: 0 });
    const parked = {
      projection: 'toy-1',
      stream: 'task-1',
      revision: 1,
      position: position(2),
      reason: "Bad can't be projected",
      parkedAt: '2025-03-12T10:00:00.000Z',
    };
    expect(await test.readModel.parked('toy-1')).toEqual([parked]);
    expect(projector.status()).toMatchObject({ parkedStreams: 1, lagMs: 0, position: position(4) });
    expect(test.logged).toMatchObject([{ level: 'error', fields: { stream: 'task-1', revision: 1 } }]);

    test.store.add('task-1');
    test.store.add('task-2');
    await caughtUp(projector);
    expect(test.revisions()).toEqual({ 1: 0, 2: 1 });
    expect(await test.readModel.parked('toy-1')).toEqual([parked]);
  });

  it('goes on leaving a parked stream out after a restart that could not read it either', async () => {
    test.store.add('task-1', 'Bad');
    const first = test.start();
    await caughtUp(first);
    await first.stop();
    test.store.add('task-1');
    test.store.add('task-2');
    const second = test.start();
    await caughtUp(second);
    expect(test.revisions()).toEqual({ 2: 0 });
    expect(second.status().parkedStreams).toBe(1);
  });

  it('takes in a parked stream whole at the start of a program that can read it', async () => {
    for (const type of ['Good', 'Bad', 'Good', 'Worse', 'Good']) test.store.add('task-1', type);
    test.store.add('task-2', 'Worse');
    test.projection = projectionWithout('Bad', 'Worse');
    const first = test.start();
    await caughtUp(first);
    await first.stop();
    expect(test.revisions()).toEqual({ 1: 0 });

    test.projection = projectionWithout('Worse');
    const second = test.start();
    await until(() => second.status().caughtUp);
    await second.stop();
    expect(test.revisions()).toEqual({ 1: 2 });
    expect(await test.readModel.parked('toy-1')).toMatchObject([
      { stream: 'task-1', revision: 3, reason: "Worse can't be projected" },
      { stream: 'task-2', revision: 0 },
    ]);

    test.projection = projectionWithout();
    const third = test.start();
    await until(() => third.status().caughtUp);
    expect(test.revisions()).toEqual({ 1: 4, 2: 0 });
    expect(await test.readModel.parked('toy-1')).toEqual([]);
    expect(third.status().parkedStreams).toBe(0);
    expect(await test.readModel.checkpoint('toy-1')).toBe(position(6));
    test.store.add('task-1');
    await caughtUp(third);
    expect(test.revisions()).toEqual({ 1: 5, 2: 0 });
  });

  it('tries parked streams again until it could, when an engine is away at the start', async () => {
    test.store.add('task-1', 'Bad');
    const first = test.start();
    await caughtUp(first);
    await first.stop();
    test.projection = projectionWithout();
    let failures = 2;
    test.store.beforeRead = () => {
      if (failures-- > 0) throw new UnavailableError('The engine is away');
    };
    const second = test.start();
    await until(() => second.status().caughtUp);
    expect(test.revisions()).toEqual({ 1: 0 });
    expect(await test.readModel.parked('toy-1')).toEqual([]);
  });

  it('tries parked streams again once in a run, however often an engine goes away in it', async () => {
    test.store.add('task-1', 'Bad');
    const first = test.start();
    await caughtUp(first);
    await first.stop();
    const readStream = jest.spyOn(test.store, 'readStream');
    const second = test.start();
    for (let round = 0; round < 3; round++) {
      test.store.endSubscriptions();
      test.store.add('task-2');
      await caughtUp(second);
    }
    expect(test.store.subscriptions.length).toBeGreaterThan(3);
    expect(readStream).toHaveBeenCalledTimes(1);
  });

  it('stops with an error before it parks more streams than it can keep on record', async () => {
    for (let task = 1; task <= PARKED_STREAMS_MAX + 1; task++) test.store.add(`task-${task}`, 'Bad');
    const projector = test.start();
    await until(() => projector.status().lastError !== undefined);
    expect(projector.status().lastError).toMatch(/More than 10000 streams can't be projected/);
    expect(projector.status().parkedStreams).toBe(PARKED_STREAMS_MAX);
    expect(await test.readModel.checkpoint('toy-1')).toBe(position(PARKED_STREAMS_MAX));
    await projector.stop();
    expect(test.logged.at(-1)).toMatchObject({ level: 'error' });
  });
});
