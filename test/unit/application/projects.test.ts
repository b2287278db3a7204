import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { anonymously, CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

const STREAM = 'projects';
const FIRST = 1_000_000_000;

const ofProject = (project: string, key?: string) => created(key, {}, { project_id: undefined, project });

function registered(store: MemoryEventStore): unknown[] {
  return store.stream(STREAM).map(({ type, data }) => [type, data.project_id, data.name]);
}

function projectsOf(store: MemoryEventStore): unknown[] {
  const first = store.events.filter(({ stream, revision }) => stream.startsWith('task-') && revision === 0);
  return first.map(({ data }) => (data.after as { project_id: number }).project_id).sort();
}

describe('a project that is named in a creation', () => {
  it('is registered once, and its id is what is stored', async () => {
    const store = new MemoryEventStore();
    const sides = [new CommandSide(store), new CommandSide(store)];
    for (const side of sides) await side.ingest(ofProject('mail'), ofProject('Größe'), ofProject('mail'));
    expect(registered(store)).toEqual([
      ['ProjectNamed', FIRST, 'mail'],
      ['ProjectNamed', FIRST + 1, 'Größe'],
    ]);
    expect(projectsOf(store)).toEqual([...Array<number>(4).fill(FIRST), FIRST + 1, FIRST + 1]);
    const numbered = new MemoryEventStore();
    await new CommandSide(numbered).ingest(created(undefined, {}, { project_id: FIRST }));
    expect(store.stream('task-1')[0]?.data).toEqual(numbered.stream('task-1')[0]?.data);
  });

  it('is the same as its id: the repeat of the creation is one, and another project is a conflict', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store);
    const reason = async (event: object): Promise<string> => (await side.one(event)).reason;
    expect(await reason(ofProject('mail', 'a'))).toBe('accepted');
    expect(await reason(ofProject('mail', 'a'))).toBe('duplicate');
    expect(await reason(created('a', {}, { project_id: FIRST }))).toBe('duplicate');
    expect(await reason(ofProject('other', 'a'))).toBe('creation_conflict');
  });

  it('gets one id when several services meet it at the same time', async () => {
    const store = new MemoryEventStore();
    const sides = Array.from({ length: 4 }, () => new CommandSide(store));
    const names = Array.from({ length: 50 }, (_, at) => `project ${at}`);
    await Promise.all(
      sides.map((side, at) => side.ingest(...[...names, `own ${at}`].map((name) => ofProject(name)))),
    );
    expect(new Set(store.stream(STREAM).map(({ data }) => data.name)).size).toBe(54);
    expect(registered(store)).toHaveLength(54);
    expect(new Set(projectsOf(store)).size).toBe(54);
    expect(projectsOf(store)).toHaveLength(4 * 51);
  });

  it('leaves the events of its task to come again while it can not be registered, and no others', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store);
    store.beforeAppend = ({ stream }) => {
      if (stream === STREAM) throw new UnavailableError('no answer');
    };
    const events = [ofProject('mail', 'a'), lifecycleEvent('started', 'a'), created('b')];
    const reasons = async () => (await side.ingest(...events)).map(({ reason }) => reason);
    expect(await reasons()).toEqual(['unavailable', 'unavailable', 'accepted']);
    store.beforeAppend = () => undefined;
    expect(await reasons()).toEqual(['accepted', 'accepted', 'duplicate']);
  });

  it('is not guessed at where the record of them does not verify', async () => {
    const store = new MemoryEventStore();
    await new CommandSide(store).ingest(ofProject('mail'));
    for (const event of store.events) if (event.stream === STREAM) event.data.name = 'other';
    const [named, other] = await new CommandSide(store).ingest(ofProject('mail'), created('b'));
    expect(named).toMatchObject({
      ...{ outcome: 'unavailable', code: 503 },
      message: expect.stringMatching(/^The names of projects can't be read: .*projects@0/),
    });
    expect(other?.outcome).toBe('accepted');
  });

  it('is read anew when another ledger is there', async () => {
    const [one, other] = [new MemoryEventStore(), new MemoryEventStore()];
    const store = Object.create(one) as MemoryEventStore;
    const side = new CommandSide(store);
    await side.ingest(ofProject('mail'), ofProject('crawl'));
    Object.setPrototypeOf(store, other);
    side.handler.forget();
    side.names.forget();
    await side.ingest(ofProject('crawl'));
    expect(registered(other)).toEqual([['ProjectNamed', FIRST, 'crawl']]);
  });
});

describe('a project that somebody registers', () => {
  const register = (side: CommandSide, request: object) => side.projects.register(request, anonymously());

  it('has the id that was said, or is given one that is free; the repeat has no effect', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store);
    const first = { ok: true, name: 'mail', project_id: 7 };
    expect(await register(side, { name: 'mail', project_id: 7 })).toEqual({ ...first, is_new: true });
    for (const again of [
      { name: 'mail', project_id: 7 },
      { name: 'mail' },
      { name: 'mail', project_id: null },
    ])
      expect(await register(side, again)).toEqual({ ...first, is_new: false });
    await register(side, { name: 'taken', project_id: FIRST });
    expect(await register(side, { name: 'given' })).toMatchObject({ project_id: FIRST + 1, is_new: true });
    expect(await register(new CommandSide(store), { name: 'mail' })).toEqual({ ...first, is_new: false });
    await side.ingest(ofProject('mail'));
    expect(projectsOf(store)).toEqual([7]);
    expect(registered(store)).toHaveLength(3);
  });

  it('is refused where the name has another id, or the id another name', async () => {
    const side = new CommandSide(new MemoryEventStore());
    await register(side, { name: 'mail', project_id: 7 });
    expect(await register(side, { name: 'mail', project_id: 8 })).toEqual({
      ok: false,
      error: { code: 'project_conflict', message: 'The project "mail" has the id 7' },
    });
    expect(await register(side, { name: 'crawl', project_id: 7 })).toEqual({
      ok: false,
      error: { code: 'project_conflict', message: 'The id 7 is that of the project "mail"' },
    });
  });

  it.each([
    [{}, 'name: must be a string of 1 to 128 characters, none of them a control character'],
    [{ name: 'a\n' }, 'name: must be a string of 1 to 128 characters, none of them a control character'],
    [{ name: 'a', project_id: '7' }, 'project_id: must be an int'],
    [{ name: 'a', id: 7 }, 'Unknown member "id"'],
  ])('is refused when it is wrong: %j', async (request, message) => {
    const side = new CommandSide(new MemoryEventStore());
    expect(await register(side, request)).toEqual({ ok: false, error: { code: 'invalid_request', message } });
  });

  it('takes the right to publish, and is not begun after the deadline', async () => {
    const store = new MemoryEventStore();
    const { projects } = new CommandSide(store);
    const reader = { ...anonymously(), rights: ['read', 'cancel'] as const };
    await expect(projects.register({ name: 'a' }, reader)).rejects.toThrow('publish');
    await expect(projects.register({ name: 'a' }, anonymously(0))).rejects.toThrow(/deadline/);
    expect(store.events).toEqual([]);
  });

  it('is refused beyond the ten thousandth, and so is a creation that names one, for its event alone', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store);
    const all = Array.from({ length: 10_000 }, (_, at) => register(side, { name: `project ${at}` }));
    expect((await Promise.all(all)).every(({ ok }) => ok)).toBe(true);
    expect(await register(side, { name: 'one more' })).toMatchObject({
      error: { code: 'too_many_projects', message: expect.stringMatching(/^name: must be one of the 10000/) },
    });
    const outcomes = await side.ingest(ofProject('one more'), ofProject('project 9999'), created());
    expect(outcomes.map(({ reason, code }) => [reason, code])).toEqual([
      ['too_many_projects', 400],
      ['accepted', 200],
      ['accepted', 200],
    ]);
    expect(registered(store)).toHaveLength(10_000);
  }, 60_000);
});
