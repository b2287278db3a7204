import { describe, expect, it } from '@jest/globals';
import type { ReadModelUnderTest } from './harness.js';
import { change } from './changes.js';

const EMPTY = { paramsJson: '{}', resultJson: '{}', errorMessageJson: '""' };

/** What `apply` makes of documents, and `get` gives back. */
export function exerciseDocuments(test: ReadModelUnderTest): void {
  describe('documents', () => {
    it('knows no task that nothing was written of', async () => {
      expect(await test.readModel.get(1)).toBeUndefined();
      await test.readModel.apply([]);
      expect(await test.readModel.get(1)).toBeUndefined();
    });

    it('gives a document back as it was written, with empty large parts until they are set', async () => {
      const created = change(42, 0);
      await test.readModel.apply([created]);
      expect(await test.readModel.get(42)).toEqual({ ...EMPTY, ...created });
    });

    it('gives the items of many tasks in the order asked for, without those that there are not', async () => {
      const ids = Array.from({ length: 1000 }, (_, at) => at + 1);
      expect(await test.readModel.itemsOf(ids)).toEqual([]);
      const changes = ids.filter((id) => id % 2 === 0).map((id) => change(id, 0));
      await test.readModel.apply(changes);
      const items = changes.map(({ itemJson }) => itemJson);
      expect(await test.readModel.itemsOf(ids)).toEqual(items);
      expect(await test.readModel.itemsOf([...ids].reverse())).toEqual([...items].reverse());
      await test.readModel.apply([change(4, 1, { status: 'running' })]);
      expect(await test.readModel.itemsOf([5, 4])).toEqual([change(4, 1, { status: 'running' }).itemJson]);
      expect(await test.readModel.itemsOf([])).toEqual([]);
    });

    it('keeps ids and projects of any size apart', async () => {
      const ids = [1, 2, 255, 256, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER];
      const changes = ids.map((id, at) => change(id, at, { projectId: at % 2 === 0 ? id : -id }));
      await test.readModel.apply(changes);
      for (const [at, id] of ids.entries()) {
        expect(await test.readModel.get(id)).toEqual({ ...EMPTY, ...changes[at] });
        const { items } = await test.readModel.list({ projectId: at % 2 === 0 ? id : -id }, 10);
        expect(items).toEqual([changes[at]?.itemJson]);
      }
      const { items } = await test.readModel.list({}, 100);
      expect(items).toEqual([...changes].reverse().map(({ itemJson }) => itemJson));
    });

    it('leaves large parts alone that a change does not name, and takes those that it names', async () => {
      await test.readModel.apply([change(1, 0, { paramsJson: '{"query":"a"}' })]);
      await test.readModel.apply([change(1, 1, { status: 'running' })]);
      const completed = change(1, 2, { status: 'completed', resultJson: '{"found":3}' });
      await test.readModel.apply([completed]);
      expect(await test.readModel.get(1)).toEqual({ ...EMPTY, ...completed, paramsJson: '{"query":"a"}' });
      const failed = change(1, 3, { status: 'failed', errorMessageJson: '"no"', resultJson: '{}' });
      await test.readModel.apply([failed]);
      expect(await test.readModel.get(1)).toEqual({ ...failed, paramsJson: '{"query":"a"}' });
    });

    it('carries any text', async () => {
      const text = JSON.stringify('\u0000\u001e\u2028"\\ äß→ 漢字 😀 \ud83d '.repeat(3));
      const large = JSON.stringify({ text: 'x→'.repeat(60_000) });
      const written = change(1, 0, {
        taskType: 'søk/漢',
        itemJson: `{"id":1,"text":${text}}`,
        paramsJson: large,
        resultJson: `{"text":${text}}`,
        errorMessageJson: text,
      });
      await test.readModel.apply([written]);
      const expected = { ...EMPTY, ...written };
      expect(await test.readModel.get(1)).toEqual(expected);
      const readModel = await test.reopen();
      expect(await readModel.get(1)).toEqual(expected);
      expect(await readModel.list({ taskTypes: ['søk/漢'] }, 1)).toEqual({ items: [expected.itemJson] });
    });

    it('leaves out a change that is not newer than the document', async () => {
      const written = change(1, 5, { status: 'running', paramsJson: '{"a":1}' });
      await test.readModel.apply([written]);
      for (const revision of [0, 4, 5]) {
        await test.readModel.apply([change(1, revision, { status: 'failed', errorMessageJson: '"late"' })]);
      }
      expect(await test.readModel.get(1)).toEqual({ ...EMPTY, ...written });
      expect(await test.readModel.list({ statuses: ['failed'] }, 10)).toEqual({ items: [] });
      expect(await test.readModel.list({ statuses: ['running'] }, 10)).toEqual({ items: [written.itemJson] });
    });

    it('takes several changes of one task in one call in their order', async () => {
      const last = change(1, 2, { status: 'completed' });
      await test.readModel.apply([
        change(1, 0, { paramsJson: '{"a":1}' }),
        change(2, 0),
        change(1, 2, { status: 'completed' }),
        change(1, 1, { status: 'running', paramsJson: '{"never":true}' }),
      ]);
      expect(await test.readModel.get(1)).toEqual({ ...EMPTY, ...last, paramsJson: '{"a":1}' });
      expect(await test.readModel.list({ statuses: ['running', 'completed'] }, 10)).toEqual({
        items: [last.itemJson],
      });
      expect((await test.readModel.list({}, 10)).items).toHaveLength(2);
    });

    it('ends in the same state when the same changes come again, whole or in part', async () => {
      const batch = [1, 2, 3].flatMap((id) => [change(id, 0), change(id, 1, { status: 'running' })]);
      await test.readModel.apply(batch);
      const before = await Promise.all([1, 2, 3].map((id) => test.readModel.get(id)));
      await test.readModel.apply(batch.slice(0, 3));
      await test.readModel.apply(batch);
      expect(await Promise.all([1, 2, 3].map((id) => test.readModel.get(id)))).toEqual(before);
      expect((await test.readModel.list({ statuses: ['running'] }, 10)).items).toHaveLength(3);
      expect((await test.readModel.list({ statuses: ['pending'] }, 10)).items).toHaveLength(0);
    });

    it('takes calls that do not wait for each other in the order in which they were made', async () => {
      const calls = Array.from({ length: 50 }, (_, revision) =>
        test.readModel.apply([
          change(1, revision, { status: revision % 2 === 0 ? 'pending' : 'running' }),
          change(100 + revision, 0),
        ]),
      );
      await Promise.all(calls);
      expect(await test.readModel.get(1)).toMatchObject({ revision: 49, status: 'running' });
      expect((await test.readModel.list({}, 100)).items).toHaveLength(51);
      expect((await test.readModel.list({ statuses: ['running'] }, 100)).items).toHaveLength(1);
    });

    it('writes nothing of a call with a change that can not be stored', async () => {
      const wrong = change(2, 0, { createdSecond: 'yesterday' });
      const call = test.readModel.apply([change(1, 0), wrong], {
        checkpoint: { projection: 'tasks', position: '1' },
      });
      await expect(call).rejects.toMatchObject({ code: 'invalid_request' });
      expect(await test.readModel.get(1)).toBeUndefined();
      expect(await test.readModel.checkpoint('tasks')).toBeUndefined();
      await test.readModel.apply([change(1, 0)]);
      expect(await test.readModel.get(1)).toBeDefined();
    });
  });
}
