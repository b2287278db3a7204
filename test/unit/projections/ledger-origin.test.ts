import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LedgerMark, ProjectionProgress, TaskChange } from '../../../shared/core/ports/read-model.js';
import { MemoryReadModel } from '../../support/memory-read-model.js';
import { position } from '../../support/read-model/changes.js';
import { ProjectorUnderTest, until } from './projector-under-test.js';

type Mark = LedgerMark & { partial?: boolean };

/** A read model that keeps what it was made from, and can lose everything. */
class BoundReadModel extends MemoryReadModel {
  marks: Mark[] = [];
  resets = 0;
  listeners = new Set<(reason: string) => void>();
  private kept: MemoryReadModel = new MemoryReadModel();

  override async apply(changes: readonly TaskChange[], progress?: ProjectionProgress): Promise<void> {
    await super.apply(changes, progress);
    await this.kept.apply(changes, progress);
    if (progress === undefined) return;
    const { projection: _, ...mark } = progress.checkpoint;
    this.marks = [mark];
  }

  override async checkpoint(projection: string): Promise<string | undefined> {
    return this.kept.checkpoint(projection);
  }

  async madeFrom(): Promise<readonly Mark[]> {
    return this.marks;
  }

  async reset(): Promise<void> {
    this.resets++;
    this.empty();
  }

  whenLost(listener: (reason: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  lose(): void {
    this.empty();
    for (const listener of this.listeners) listener('a test wants it');
  }

  private empty(): void {
    this.kept = new MemoryReadModel();
    this.documents.clear();
    this.marks = [];
  }
}

const LEDGER = '7d0b6d8e-0000-4000-8000-000000000001';
const OTHER = '7d0b6d8e-0000-4000-8000-000000000002';

describe('the ledger that a read model was made from', () => {
  let readModel: BoundReadModel;
  let test: ProjectorUnderTest;
  beforeEach(() => {
    readModel = new BoundReadModel();
    test = new ProjectorUnderTest(readModel);
    test.store.id = LEDGER;
    for (let task = 1; task <= 5; task++) test.store.add(`task-${task}`);
  });
  afterEach(() => test.stopAll());

  const end = (): string | undefined => test.store.events.at(-1)?.position;
  const caughtUp = async (): Promise<void> => {
    const projector = test.start();
    await until(() => projector.status().position === end() && projector.status().caughtUp);
    await projector.stop();
  };
  const warnings = (): string[] =>
    test.logged.filter(({ level }) => level === 'warn').map(({ message }) => message);

  it('is on record with each checkpoint, with the event up to which it is made', async () => {
    await caughtUp();
    expect(readModel.marks).toEqual([{ position: position(5), ledgerId: LEDGER, fingerprint: 'task-5@0' }]);
  });

  it('is gone on with when it is the same, however much has come since', async () => {
    await caughtUp();
    test.store.add('task-1');
    await caughtUp();
    expect([readModel.resets, warnings()]).toEqual([0, []]);
    expect(test.store.subscriptions.at(-1)).toMatchObject({ afterPosition: position(5) });
  });

  it('is told from another one, and everything is built again', async () => {
    await caughtUp();
    readModel.documents.clear();
    test.store.id = OTHER;
    await caughtUp();
    expect(readModel.resets).toBe(1);
    expect(warnings()).toEqual([
      `The projector toy-1 removes what it has made, and makes all of it again from the ledger: it was made from the ledger ${LEDGER}, and this one is ${OTHER}`,
    ]);
    expect(Object.keys(test.revisions())).toHaveLength(5);
    expect(readModel.marks).toMatchObject([{ ledgerId: OTHER }]);
  });

  it('is told from an older copy of it, that ends earlier', async () => {
    await caughtUp();
    test.store.events.splice(3);
    await caughtUp();
    expect(readModel.resets).toBe(1);
    expect(warnings()[0]).toContain(`up to position ${position(5)}, and this one ends at ${position(3)}`);
    expect(Object.keys(test.revisions())).toHaveLength(3);
  });

  it('is told from an empty one', async () => {
    await caughtUp();
    test.store.events.splice(0);
    const projector = test.start();
    await until(() => projector.status().caughtUp && projector.status().position === undefined);
    expect(warnings()[0]).toContain('and this one is empty');
    expect(test.revisions()).toEqual({});
    expect(projector.status()).not.toHaveProperty('rebuilding');
  });

  it('is told from a copy that has gone on by itself', async () => {
    await caughtUp();
    test.store.events.splice(3);
    for (let task = 11; task <= 15; task++) test.store.add(`task-${task}`);
    test.store.events.forEach((event, at) => (event.position = position(at + 1)));
    await caughtUp();
    expect(readModel.resets).toBe(1);
    expect(warnings()[0]).toContain(
      `made from event task-5@0 at position ${position(5)}, where this ledger ${LEDGER} has task-12@0`,
    );
    expect(Object.keys(test.revisions())).toEqual(['1', '2', '3', '11', '12', '13', '14', '15']);
  });

  it('must have all that any document was made from, not only what the checkpoint covers', async () => {
    await caughtUp();
    readModel.marks.push({ position: position(6), ledgerId: LEDGER, fingerprint: 'task-6@0' });
    await caughtUp();
    expect(readModel.resets).toBe(1);
    expect(warnings()[0]).toContain(`up to position ${position(6)}, and this one ends at ${position(5)}`);
  });

  it('is not asked for where a store has none', async () => {
    test.store.id = undefined;
    await caughtUp();
    readModel.marks = [{ position: position(5), ledgerId: OTHER }];
    await caughtUp();
    expect([readModel.resets, warnings()]).toEqual([0, []]);
  });
});

describe('a read model that is built from nothing', () => {
  let readModel: BoundReadModel;
  let test: ProjectorUnderTest;
  beforeEach(() => {
    readModel = new BoundReadModel();
    test = new ProjectorUnderTest(readModel);
    test.store.id = LEDGER;
  });
  afterEach(() => test.stopAll());

  it('is whole at once where the ledger is empty', async () => {
    const projector = test.start();
    expect(projector.status()).toMatchObject({ rebuilding: true, caughtUp: false });
    await until(() => projector.status().caughtUp);
    expect(projector.status()).not.toHaveProperty('rebuilding');
  });

  it('says so until it has come to the end of the ledger, also after it was interrupted', async () => {
    for (let event = 0; event < 2_500; event++) test.store.add(`task-${event + 1}`);
    let batches = 0;
    readModel.beforeApply = () => {
      if (++batches === 2) throw new Error('interrupted');
    };
    const first = test.start();
    await until(() => first.status().lastError !== undefined);
    expect(first.status()).toMatchObject({ rebuilding: true, position: position(1_000) });
    await first.stop();
    expect(readModel.marks).toMatchObject([{ position: position(1_000), partial: true }]);

    let goOn = (): void => undefined;
    readModel.beforeApply = () => new Promise<void>((resolve) => (goOn = resolve));
    const second = test.start();
    await until(() => second.status().position === position(1_000));
    expect(second.status()).toMatchObject({ rebuilding: true });
    readModel.beforeApply = () => undefined;
    await until(() => {
      goOn();
      return second.status().caughtUp;
    });
    expect(second.status()).not.toHaveProperty('rebuilding');
    expect(readModel.marks).toMatchObject([{ position: position(2_500) }]);
    expect(readModel.marks[0]).not.toHaveProperty('partial');
  });

  it('is whole when it goes on from the end of another time, however far that is behind', async () => {
    test.store.add('task-1');
    const first = test.start();
    await until(() => first.status().caughtUp);
    await first.stop();
    for (let event = 0; event < 1_500; event++) test.store.add(`task-${event + 2}`);
    let goOn = (): void => undefined;
    readModel.beforeApply = () => new Promise<void>((resolve) => (goOn = resolve));
    const second = test.start();
    await until(() => second.status().position === position(1));
    expect(second.status()).not.toHaveProperty('rebuilding');
    readModel.beforeApply = () => undefined;
    await until(() => {
      goOn();
      return second.status().caughtUp;
    });
  });

  it('begins again, at once, when it is lost while nothing comes', async () => {
    for (let task = 1; task <= 3; task++) test.store.add(`task-${task}`);
    const projector = test.start();
    await until(() => projector.status().caughtUp);
    readModel.lose();
    expect(projector.status()).toMatchObject({ rebuilding: true, caughtUp: false });
    await until(() => projector.status().caughtUp);
    expect(test.revisions()).toEqual({ 1: 0, 2: 0, 3: 0 });
    expect(projector.status()).toMatchObject({ position: position(3) });
    expect(projector.status()).not.toHaveProperty('rebuilding');
    await projector.stop();
    expect(readModel.listeners.size).toBe(0);
  });
});
