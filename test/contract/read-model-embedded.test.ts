import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EmbeddedReadModel } from '../../shared/adapters/embedded/read-model/embedded-read-model.js';
import type { ListCursor } from '../../shared/core/ports/read-model.js';
import { exerciseReadModel } from '../support/exercise-read-model.js';
import { change, idsOf } from '../support/read-model/changes.js';

async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'taskledger-read-model-'));
}

exerciseReadModel('embedded', async () => {
  const folder = await temporaryFolder();
  return {
    open: () => EmbeddedReadModel.open(join(folder, 'read-model')),
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  };
});

describe('EmbeddedReadModel', () => {
  it('is read beside the process that writes, which it follows by looking again and again', async () => {
    const folder = await temporaryFolder();
    const writer = await EmbeddedReadModel.open(folder);
    await writer.apply([change(1, 0)]);
    const reader = await EmbeddedReadModel.open(folder, { readOnly: true });
    try {
      const arrived = reader.waitForRevision(1, 1, new AbortController().signal);
      await writer.apply([change(1, 1, { status: 'running' }), change(2, 0, { taskType: 'ocr' })]);
      expect(await arrived).toBe(true);
      expect(idsOf((await reader.list({ taskTypes: ['ocr'] }, 10)).items)).toEqual([2]);
      expect(await reader.get(2)).toMatchObject({ taskType: 'ocr' });
      expect(idsOf((await reader.list({ statuses: ['running'] }, 10)).items)).toEqual([1]);
    } finally {
      await reader.close();
      await writer.close();
      await rm(folder, { recursive: true });
    }
  });

  it('answers a short page, and goes on after it, where two filters have little in common', async () => {
    const folder = await temporaryFolder();
    const readModel = await EmbeddedReadModel.open(folder);
    try {
      // Twenty tasks have the key, the next twenty have failed, and so on; only two have both.
      const both = [1, 45_001];
      for (let first = 1; first < 60_000; first += 5_000) {
        const ids = Array.from({ length: 5_000 }, (_, at) => first + at);
        await readModel.apply(
          ids.map((id) => {
            const hasKey = Math.floor(id / 20) % 2 === 0;
            const status = hasKey && !both.includes(id) ? 'completed' : 'failed';
            return change(id, 1, { key: `${hasKey ? 'a' : 'b'}/${id}`, status });
          }),
        );
      }
      const pages: number[][] = [];
      let cursor: ListCursor | undefined;
      do {
        const page = await readModel.list({ keyPrefix: 'a/', statuses: ['failed'] }, 10, cursor);
        pages.push(idsOf(page.items));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(pages.flat()).toEqual([45_001, 1]);
      expect(pages[0]).toEqual([45_001]);
      expect(pages.length).toBeGreaterThan(1);
      expect(pages.length).toBeLessThan(8);
      // A count stops where the first page does, and says so.
      const stopped = await readModel.count({ keyPrefix: 'a/', statuses: ['failed'] });
      expect(stopped).toEqual({ count: 1, exact: false });
      // What is rare leads the way: no short page, however many others there are.
      await readModel.apply([change(5, 2, { key: 'a/5', status: 'cancelled' })]);
      const rare = await readModel.list({ keyPrefix: 'a/', statuses: ['cancelled'] }, 10);
      expect([idsOf(rare.items), rare.next]).toEqual([[5], undefined]);
      const counted = await readModel.count({ keyPrefix: 'a/', statuses: ['cancelled'] });
      expect(counted).toEqual({ count: 1, exact: true });
    } finally {
      await readModel.close();
      await rm(folder, { recursive: true });
    }
  });
});
