import { beforeAll, describe, expect, it } from '@jest/globals';
import { untilTrue } from '../until-true.js';
import { DETAIL_FIELDS, LIST_FIELDS, STATUSES } from './contract-names.js';
import type { TasksApi } from './tasks-api.js';

/** What lists can be asked for beyond the contract: negation, times, keys and further members, in any combination. */
export function exerciseTaskFilters({ get, idsOf, newProject, publish, task, url }: TasksApi): void {
  describe('filters', () => {
    const project = newProject();
    const ids: Record<string, number> = {};
    const make = async (name: string, story: Parameters<typeof task>[0]): Promise<void> => {
      ids[name] = await task({ project, ...story });
    };
    /** Which of the tasks a filter gives, in the order of the list. */
    const named = async (query: string): Promise<(string | undefined)[]> => {
      const names = Object.fromEntries(Object.entries(ids).map(([name, id]) => [id, name]));
      return idsOf(await get(`/api/v1/tasks?project_id=${project}&${query}`)).map((id) => names[id]);
    };

    beforeAll(async () => {
      const at = (minute: number): string => `2025-03-12T10:0${minute}:00.5Z`;
      await make('a', { key: `crawl/${project}/day-1/1`, type: 'crawl', createdAt: at(1) });
      await make('b', { key: `crawl/${project}/day-1/2`, type: 'ocr', status: 'running', createdAt: at(2) });
      await make('c', {
        key: `crawl/${project}/day-2/1`,
        type: 'crawl',
        status: 'completed',
        createdAt: at(3),
      });
      await make('d', { type: 'search', status: 'failed', createdAt: at(4) });
      await make('e', { type: 'ocr', status: 'cancelled', createdAt: at(5) });
    }, 60_000);

    it.each([
      ['status=pending,running', 'ba'],
      ['status=pending&status=failed', 'da'],
      ['status=!completed', 'edba'],
      ['status=!completed,!failed', 'eba'],
      ['status=%21completed&status=%21failed', 'eba'],
      ['status=running,failed,!failed', 'b'],
      ['status=failed,!failed', ''],
      ['task_type=crawl,ocr', 'ecba'],
      ['task_type=!ocr', 'dca'],
      ['task_type=!ocr,!crawl', 'd'],
      ['task_type=ocr,crawl,!ocr', 'ca'],
      ['status=!pending&task_type=!ocr', 'dc'],
      ['created_after=2025-03-12T10:03:00', 'edc'],
      ['created_after=2025-03-12T10:03:00.001Z', 'ed'],
      ['created_before=2025-03-12T10:03:00', 'ba'],
      ['created_before=2025-03-12T12:03:01%2B02:00', 'cba'],
      ['created_after=2025-03-12T10:02:00&created_before=2025-03-12T10:04:00&status=!running', 'c'],
      ['created_after=2025-03-12T10:04:00&created_before=2025-03-12T10:02:00', ''],
      ['ended_after=2025-03-12T10:00:00', 'edc'],
      ['ended_before=2025-03-12T10:00:00', ''],
      ['started_after=2025-03-12T10:00:00&status=running', 'b'],
      ['started_before=2025-03-12T10:00:00', ''],
      ['due_before=9999-12-31T00:00:00Z', ''],
      ['colour=!blue', 'edcba'],
    ])('%s', async (query, names) => {
      expect(await named(query)).toEqual([...names]);
      const counted = await get(`/api/v1/tasks/count?project_id=${project}&${query}`);
      expect(counted.data).toEqual({ count: names.length, exact: true });
    });

    it.each([
      ['order=created', 'abcde'],
      ['order=-created', 'edcba'],
      ['order=ended', 'cde'],
      ['order=-ended', 'edc'],
      ['order=-ended&status=!failed', 'ec'],
      ['order=ended&task_type=ocr,search&ended_after=2025-03-12T10:00:00', 'de'],
      ['order=ended&status=pending', ''],
      [`order=ended&key_prefix=crawl/${project}/`, 'c'],
    ])('%s, page by page', async (query, names) => {
      expect(await named(query)).toEqual([...names]);
      const seen: number[] = [];
      let path: string | undefined = `/api/v1/tasks?project_id=${project}&${query}&limit=1`;
      while (path !== undefined) {
        const page = await get(path);
        seen.push(...idsOf(page));
        path = page.link;
      }
      expect(seen).toEqual([...names].map((name) => ids[name]));
    });

    it('order: a cursor is one of its order', async () => {
      const { link } = await get(`/api/v1/tasks?project_id=${project}&order=ended&limit=1`);
      const answer = await get((link as string).replace('order=ended', 'order=-ended'));
      expect(answer).toMatchObject({ code: 400, status: 400, data: null });
      expect(answer.message).toMatch(
        /^cursor must be one of this list's order, -ended; it is of the order ended$/,
      );
    });

    it('key: exactly this key', async () => {
      expect(await named(`key=crawl/${project}/day-1/2`)).toEqual(['b']);
      expect(await named(`key=crawl/${project}/day-1/`)).toEqual([]);
      expect(await named(`key=crawl/${project}/day-1/2&status=!running`)).toEqual([]);
    });

    it('key_prefix: whole segments of a path', async () => {
      expect(await named(`key_prefix=crawl/${project}/`)).toEqual(['c', 'b', 'a']);
      expect(await named(`key_prefix=crawl/${project}/day-1/`)).toEqual(['b', 'a']);
      expect(await named(`key_prefix=crawl/${project}/day-1/&status=!pending`)).toEqual(['b']);
      expect(await named(`key_prefix=crawl/&task_type=!ocr&created_before=2025-03-12T10:03:00`)).toEqual([
        'a',
      ]);
      expect(await named(`key_prefix=crawl/${project}/day/`)).toEqual([]);
      expect(idsOf(await get(`/api/v1/tasks?key_prefix=crawl/${project}/&limit=2`))).toEqual([ids.c, ids.b]);
    });

    it.each([
      ['key_prefix=crawl', /^key_prefix must be 1 to 8 whole segments of a path, each with a \/ after it/],
      ['key_prefix=1/2/3/4/5/6/7/8/9/', /^key_prefix must be 1 to 8 whole segments/],
      ['key=42', /^key must be 1 to 512 bytes/],
      ['created_after=yesterday', /^created_after must be a time as in RFC 3339/],
      ['created_before=2025-02-30T10:00:00', /^created_before must be a time/],
      ['status=!done', /^status must be one or more of pending, .* \(with ! before it/],
      ['task_type=!', /^task_type must be one or more of search, /],
      ['include=history', /^include must be one or more of key, attempt, labels, /],
      ['include=', /^include must be /],
      ['order=age', /^order must be one of created, -created, ended, -ended, duration, -duration$/],
      ['ended_after=yesterday', /^ended_after must be a time as in RFC 3339/],
    ])('%s: 400 that says what is allowed', async (query, message) => {
      const answer = await get(`/api/v1/tasks?${query}`);
      expect(answer).toMatchObject({ code: 400, status: 400, data: null });
      expect(answer.message).toMatch(message);
    });

    it('the Link to the next page keeps the parameters', async () => {
      const seen: number[] = [];
      let path: string | undefined =
        `/api/v1/tasks?key_prefix=crawl/${project}/&status=!failed&include=key,attempt&limit=1`;
      while (path !== undefined) {
        const page = await get(path);
        seen.push(...idsOf(page));
        for (const item of page.data) expect(Object.keys(item)).toEqual([...LIST_FIELDS, 'key', 'attempt']);
        path = page.link;
      }
      expect(seen).toEqual([ids.c, ids.b, ids.a]);
    });

    it("include: members that follow the contract's, in one order", async () => {
      const path = `/api/v1/tasks?project_id=${project}&created_before=2025-03-12T10:04:00`;
      const all =
        'key,attempt,labels,parent,retry_of,worker,error_type,due_at,heartbeat_s,silent,' +
        'started_at,completed_at,params,result,error_message,heard_at';
      const { data } = await get(`${path}&include=${all.split(',').reverse().join('&include=')}`);
      for (const item of data) expect(Object.keys(item)).toEqual([...LIST_FIELDS, ...all.split(',')]);
      const shown = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;
      const params = { query: 'machine learning', sources: ['semantic_scholar'] };
      const [completed, , pending] = data;
      expect(completed).toMatchObject({
        ...{ id: ids.c, key: `crawl/${project}/day-2/1`, attempt: 1, params },
        ...{ result: { papers_found: 15, imported: 10 }, error_message: '' },
        ...{ started_at: expect.stringMatching(shown), completed_at: expect.stringMatching(shown) },
      });
      expect(pending).toMatchObject({
        ...{ id: ids.a, attempt: 0, params, result: {}, error_message: '' },
        ...{ started_at: null, completed_at: null },
      });
      const failed = await get(`/api/v1/tasks?project_id=${project}&status=failed&include=key,error_message`);
      expect(failed.data).toMatchObject([{ key: null, error_message: 'The index is full' }]);
    });

    it('times=rfc3339: all times of lists and details with milliseconds and Z', async () => {
      const path = `/api/v1/tasks?project_id=${project}&created_before=2025-03-12T10:04:00&include=started_at,completed_at`;
      const full = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
      const listed = await get(`${path}&times=rfc3339`);
      const { data } = await get(`/api/v1/tasks/${ids.c}?times=rfc3339`);
      for (const { created_at, started_at, completed_at } of [listed.data[0], data]) {
        expect(created_at).toBe('2025-03-12T10:03:00.500Z');
        for (const time of [started_at, completed_at]) expect(time).toMatch(full);
      }
      expect(listed.text.replaceAll(/(T\d\d:\d\d:\d\d)\.\d{3}Z/g, '$1')).toBe((await get(path)).text);
    });

    it.each(['', `/${1}`, `/${1}/history`, '/stats', '/stream', `/${1}/stream`])(
      'another value of times: 400 that says what is allowed (%s)',
      async (path) => {
        expect(await get(`/api/v1/tasks${path}?times=local`)).toMatchObject({
          ...{ status: 400, message: 'times must be rfc3339' },
        });
      },
    );

    it('include: what only some tasks have', async () => {
      const include =
        'include=labels,parent,retry_of,worker,error_type,due_at,heartbeat_s,silent&include=error_message';
      const said = { labels: { team: 'search', 'app/tier.x': 'a:b' }, parent: `${ids.a}`, retry_of: 'x/1' };
      const id = await publish('created', `traits/${project}`, {
        ...{ project_id: newProject(), task_type: 'search', due_at: '2025-03-13T00:00:00.5+01:00' },
        ...{ ...said, heartbeat_s: 60 },
      });
      await publish('started', id, { worker: 'worker-7', heartbeat_s: 30 });
      await publish('failed', id, { error_message: 'No answer', error_type: 'TimeoutError' });
      const traits = {
        ...{ ...said, worker: 'worker-7', error_type: 'TimeoutError', due_at: '2025-03-12T23:00:00' },
        heartbeat_s: 30,
      };
      const members = async (path: string): Promise<object> => {
        const { data } = await get(path);
        return Array.isArray(data) ? data[0] : data;
      };
      await untilTrue(
        async () => (await get(`/api/v1/tasks?key=traits/${project}&status=failed`)).data.length === 1,
      );
      const listed = await members(`/api/v1/tasks?key=traits/${project}&${include}`);
      expect(listed).toMatchObject({ ...traits, error_message: 'No answer' });
      const detail = await members(`/api/v1/tasks/${id}?${include.split('&')[0]}`);
      expect(detail).toMatchObject(traits);
      expect(Object.keys(detail)).toEqual([...DETAIL_FIELDS, ...include.slice(8).split('&')[0]!.split(',')]);
      expect(await members(`/api/v1/tasks/${ids.a}?${include.split('&')[0]}`)).toMatchObject({
        ...{ labels: {}, parent: null, retry_of: null, worker: null, error_type: null, due_at: null },
        ...{ heartbeat_s: null, silent: false },
      });
    });

    it('include=heard_at: when something was heard of a task last', async () => {
      const own = newProject();
      const data = { project_id: own, task_type: 'search', heartbeat_s: 3_600 };
      const key = `heard/${own}`;
      const id = await publish('created', key, data);
      await publish('started', id, {});
      await untilTrue(async () => (await get(`/api/v1/tasks?key=${key}&status=running`)).data.length === 1);
      const heard = async (): Promise<string> => {
        const detail = await get(`/api/v1/tasks/${id}?include=heard_at&times=rfc3339`);
        const list = await get(`/api/v1/tasks?key=${key}&include=heard_at&times=rfc3339`);
        expect(list.data).toMatchObject([{ id, heard_at: detail.data.heard_at }]);
        return detail.data.heard_at;
      };
      const started = (await get(`/api/v1/tasks/${id}/history`)).data.events.at(-1).recorded_at;
      expect(await heard()).toBe(started);
      for (const name of [key, `${id}`]) {
        const before = await heard();
        // A time is one of whole milliseconds.
        await untilTrue(async () => Date.now() > Date.parse(before));
        await fetch(`${url()}/api/v1/heartbeats`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ tasks: [name] }),
        });
        await untilTrue(async () => (await heard()) > before);
      }
    });

    it('label, parent, root, retry_of, worker, error_type, id: what only some tasks have', async () => {
      const own = newProject();
      const base = { project_id: own, task_type: 'search' };
      const key = (name: string): string => `family/${own}/${name}`;
      const made: Record<string, number> = {};
      const create = async (name: string, more: object): Promise<void> => {
        made[name] = await publish('created', key(name), { ...base, ...more });
      };
      // Two parts come before what they are parts of.
      await create('p', { parent: key('r'), labels: { team: 'a,b:c', tier: '1' } });
      await create('q', { parent: key('p'), labels: { team: 'a,b:c' } });
      await create('r', { labels: { tier: '1' } });
      await create('s', { parent: `${made.r}`, retry_of: key('q') });
      await publish('started', made.p, { worker: 'host-1, rack 2' });
      await publish('started', made.q, { worker: 'host-2' });
      await publish('failed', made.q, { error_message: 'No answer', error_type: 'Timeout, read' });
      await untilTrue(
        async () => (await get(`/api/v1/tasks?key=${key('q')}&status=failed`)).data.length === 1,
      );
      const names = Object.fromEntries(Object.entries(made).map(([name, id]) => [id, name]));
      const found = async (query: string): Promise<string> => {
        const { data } = await get(`/api/v1/tasks/count?project_id=${own}&${query}`);
        const ids = idsOf(await get(`/api/v1/tasks?project_id=${own}&${query}`));
        expect(data).toEqual({ count: ids.length, exact: true });
        return ids
          .map((id) => names[id])
          .sort()
          .join('');
      };
      const expected: [string, string][] = [
        ['label=tier:1', 'pr'],
        ['label=team:a,b:c&label=tier:1', 'p'],
        ['label=team:other', ''],
        [`parent=${made.r}`, 'ps'],
        [`parent=${key('r')}`, 'ps'],
        [`parent=${key('r')}&status=running`, 'p'],
        [`root=${key('r')}`, 'pqrs'],
        [`root=${made.p}`, 'pq'],
        [`root=${made.r}&label=tier:1`, 'pr'],
        [`root=${key('nobody')}`, ''],
        [`retry_of=${made.q}`, 's'],
        ['worker=host-1, rack 2', 'p'],
        ['worker=host-2&worker=host-1, rack 2', 'pq'],
        ['error_type=Timeout, read', 'q'],
        [`id=${made.p},${made.s}`, 'ps'],
        [`id=${made.p}&id=${made.s}&status=pending`, 's'],
        [`id=${made.p},${made.q}&root=${made.q}`, 'q'],
        [`key_prefix=family/${own}/&label=tier:1&status=!running`, 'r'],
        ['q=tier', 'pr'],
        [`q=Family/${own} rack`, 'p'],
        ['q=answer', 'q'],
        ['q=error:Answer host', 'q'],
        ['q=error:host', ''],
        ['q=search&status=!pending', 'pq'],
      ];
      for (const [query, tasks] of expected) expect([query, await found(query)]).toEqual([query, tasks]);
    });

    it('include on a detail: children and retries, the newest first', async () => {
      const own = newProject();
      const base = { project_id: own, task_type: 'search' };
      const first = await publish('created', `tree/${own}/1`, base);
      const child = await publish('created', `tree/${own}/2`, { ...base, parent: `tree/${own}/1` });
      const again = await publish('created', `tree/${own}/3`, { ...base, retry_of: `${first}` });
      await untilTrue(async () => (await get(`/api/v1/tasks?key=tree/${own}/3`)).data.length === 1);
      const { data } = await get(`/api/v1/tasks/${first}?include=retries,children`);
      expect(Object.keys(data)).toEqual([...DETAIL_FIELDS, 'children', 'retries']);
      expect([
        ...[data.children, data.retries].map((tasks: { id: number }[]) => tasks.map(({ id }) => id)),
      ]).toEqual([[child], [again]]);
      expect(Object.keys(data.children[0])).toEqual(LIST_FIELDS);
      expect((await get(`/api/v1/tasks/${child}?include=children`)).data.children).toEqual([]);
    });

    it.each([
      ['label=team', 'label must be a label as name:value'],
      ['parent=0', "parent must be a task's id in digits, or a key"],
      ['id=x', 'id must be 1 to 1000 ids of tasks'],
      ['silent=false', 'silent must be true'],
      ['worker=', 'worker must be a text of 1 to 256 characters'],
      ['q=', 'q must be 1 to 20 words'],
    ])('%s: 400 that says so', async (query, message) => {
      const answer = await get(`/api/v1/tasks?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.message).toContain(message);
    });

    it("include on a detail: what the contract's members lack", async () => {
      const { data } = await get(`/api/v1/tasks/${ids.b}?include=attempt,key`);
      expect(Object.keys(data)).toEqual([...DETAIL_FIELDS, 'key', 'attempt']);
      expect(data).toMatchObject({ key: `crawl/${project}/day-1/2`, attempt: 1 });
      expect((await get(`/api/v1/tasks/${ids.b}?include=params`)).message).toBe(
        'include must be one or more of key, attempt, labels, parent, retry_of, worker, error_type, due_at, heartbeat_s, silent, heard_at, attempts, cancel, children, retries',
      );
      expect(Object.keys((await get(`/api/v1/tasks/${ids.b}`)).data)).toEqual(DETAIL_FIELDS);
    });

    it('include on a detail: attempts and cancel, and its messages, out of the ledger', async () => {
      const task = `/api/v1/tasks/${ids.b}`;
      const { data } = await get(`${task}?include=cancel,attempts`);
      expect(Object.keys(data)).toEqual([...DETAIL_FIELDS, 'attempts', 'cancel']);
      expect(data).toMatchObject({ attempts: [{ number: 1, begun: 1 }], cancel: null });
      for (const order of ['newest', 'oldest'])
        expect((await get(`${task}/messages?order=${order}`)).data).toMatchObject({
          intact: true,
          messages: [],
        });
    });

    it('every state can be left out', async () => {
      for (const status of STATUSES) {
        const { data } = await get(`/api/v1/tasks?project_id=${project}&status=!${status}&limit=1000`);
        expect((data as { status: string }[]).map((one) => one.status)).not.toContain(status);
        expect(data).toHaveLength(4);
      }
    });
  });
}
