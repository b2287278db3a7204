import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EmbeddedReadModel } from '../../shared/adapters/embedded/read-model/embedded-read-model.js';
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
});
