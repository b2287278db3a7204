import { describe, expect, it } from '@jest/globals';
import { IDS_MAX } from '../../../services/query/tasks/filter-kinds.js';
import { familyOf, LEVELS_MAX, namesOfTask } from '../../../services/query/tasks/task-family.js';
import { MemoryReadModel } from '../../support/memory-read-model.js';
import { change } from '../../support/read-model/changes.js';

/** Tasks with ids from 1 on, the keys `t/1`…, and these parents. */
async function withParents(...parents: (string | undefined)[]): Promise<MemoryReadModel> {
  const lists = new MemoryReadModel();
  await lists.apply(
    parents.map((parent, at) =>
      change(at + 1, 0, { key: `t/${at + 1}`, ...(parent !== undefined && { traits: { parent } }) }),
    ),
  );
  return lists;
}

describe('namesOfTask', () => {
  it('is its id and its key, whichever was said', async () => {
    const lists = await withParents(undefined);
    expect(await namesOfTask(lists, '1')).toEqual(['1', 't/1']);
    expect(await namesOfTask(lists, 't/1')).toEqual(['1', 't/1']);
    expect(await namesOfTask(lists, 'later')).toEqual(['later']);
  });
});

describe('familyOf', () => {
  it('is a task and all below it, by ids and keys, also in a circle', async () => {
    const lists = await withParents(undefined, '1', 't/2', '3', 'other', 't/1');
    expect([...(await familyOf(lists, 't/1'))].sort()).toEqual([1, 2, 3, 4, 6]);
    const circle = await withParents('t/3', '1', 't/2');
    expect([...(await familyOf(circle, '2'))].sort()).toEqual([1, 2, 3]);
  });

  it('finds what names a task that is not there yet', async () => {
    const lists = await withParents('later', 't/1');
    expect([...(await familyOf(lists, 'later'))].sort()).toEqual([1, 2]);
  });

  it('is refused where it is too deep or too large', async () => {
    const chain = (length: number) =>
      withParents(...Array.from({ length }, (_, at) => (at === 0 ? undefined : `${at}`)));
    expect(await familyOf(await chain(LEVELS_MAX), '1')).toHaveLength(LEVELS_MAX);
    await expect(familyOf(await chain(LEVELS_MAX + 1), '1')).rejects.toThrow('fewer than 20 levels below it');
    const wide = await withParents(undefined, ...Array.from({ length: IDS_MAX }, () => '1'));
    await expect(familyOf(wide, '1')).rejects.toThrow('fewer than 1000 below it');
  });
});
