import { describe, expect, it } from '@jest/globals';
import type { ReadModelUnderTest } from './harness.js';
import { change, idsOf, position } from './changes.js';

/** Waiting for a revision, closing, and what is there after it. */
export function exerciseLife(test: ReadModelUnderTest): void {
  describe('waiting for a revision', () => {
    const never = (): AbortSignal => new AbortController().signal;

    it('answers at once when the document is there or further', async () => {
      await test.readModel.apply([change(1, 4)]);
      expect(await test.readModel.waitForRevision(1, 4, never())).toBe(true);
      expect(await test.readModel.waitForRevision(1, 0, never())).toBe(true);
    });

    it('answers when the revision arrives, and reads find it then', async () => {
      const waits = [0, 2, 3].map(async (revision) => {
        expect(await test.readModel.waitForRevision(1, revision, never())).toBe(true);
        expect((await test.readModel.get(1))?.revision).toBeGreaterThanOrEqual(revision);
        const { items } = await test.readModel.list({ projectId: 1 }, 1);
        expect((JSON.parse(items[0] ?? '') as { revision: number }).revision).toBeGreaterThanOrEqual(
          revision,
        );
      });
      await test.readModel.apply([change(2, 9, { projectId: 2 })]);
      for (const revision of [0, 1, 3]) await test.readModel.apply([change(1, revision)]);
      await Promise.all(waits);
    });

    it('answers false when the signal fires first, before or while it waits', async () => {
      expect(await test.readModel.waitForRevision(1, 0, AbortSignal.abort())).toBe(false);
      const leaving = new AbortController();
      const staying = new AbortController();
      const left = test.readModel.waitForRevision(1, 0, leaving.signal);
      const stayed = test.readModel.waitForRevision(1, 0, staying.signal);
      leaving.abort();
      expect(await left).toBe(false);
      await test.readModel.apply([change(1, 0)]);
      expect(await stayed).toBe(true);
      staying.abort();
    });

    it('ends with an error when the read model closes', async () => {
      const wait = test.readModel.waitForRevision(1, 0, never());
      const failed = expect(wait).rejects.toMatchObject({ code: 'unavailable' });
      await test.readModel.close();
      await failed;
    });
  });

  describe('closing', () => {
    it('leaves everything there for the next time', async () => {
      const last = change(2, 3, { status: 'completed', taskType: 'ocr', resultJson: '{"pages":2}' });
      await test.readModel.apply(
        [change(1, 0, { taskType: 'crawl' }), change(2, 0, { taskType: 'ocr' }), last],
        {
          checkpoint: { projection: 'tasks', position: position(4) },
        },
      );
      const readModel = await test.reopen();
      expect(await readModel.get(2)).toMatchObject(last);
      expect(await readModel.checkpoint('tasks')).toBe(position(4));
      expect(idsOf((await readModel.list({ taskTypes: ['ocr'] }, 10)).items)).toEqual([2]);
      await readModel.apply([change(3, 0, { taskType: 'index' }), change(4, 0, { taskType: 'crawl' })]);
      expect(idsOf((await readModel.list({ taskTypes: ['crawl'] }, 10)).items)).toEqual([4, 1]);
      expect(idsOf((await readModel.list({ taskTypes: ['index'] }, 10)).items)).toEqual([3]);
    });

    it('waits for the writes under way', async () => {
      const writes = Array.from({ length: 10 }, (_, at) => test.readModel.apply([change(at + 1, 0)]));
      const readModel = await test.reopen();
      await Promise.all(writes);
      expect((await readModel.list({}, 100)).items).toHaveLength(10);
    });

    it('closes once, however often it is asked to, and refuses everything after it', async () => {
      const { readModel } = test;
      await Promise.all([readModel.close(), readModel.close()]);
      await readModel.close();
      const closed = { code: 'unavailable' };
      await expect(readModel.get(1)).rejects.toMatchObject(closed);
      await expect(readModel.list({}, 1)).rejects.toMatchObject(closed);
      await expect(readModel.apply([])).rejects.toMatchObject(closed);
      await expect(readModel.checkpoint('tasks')).rejects.toMatchObject(closed);
      await expect(readModel.parked('tasks')).rejects.toMatchObject(closed);
      const { signal } = new AbortController();
      await expect(readModel.waitForRevision(1, 0, signal)).rejects.toMatchObject(closed);
    });
  });
}
