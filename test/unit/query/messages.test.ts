import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EVENTS_A_PAGE_MAX } from '../../../services/query/messages/list-messages.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { created, lifecycleEvent } from '../../support/command-side.js';
import { EventStream, type StreamOptions } from '../../support/event-stream.js';
import { holdToOpenApi } from '../../support/hold-to-openapi.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';
import { untilTrue } from '../../support/until-true.js';
import { WrittenLedger } from '../../support/written-ledger.js';

const PATH = '/api/v1/tasks/1/messages';

let faked: FakedService;
let ledger: WrittenLedger;

beforeEach(async () => {
  ledger = new WrittenLedger();
  faked = await startFaked({}, ledger);
});
afterEach(() => faked.service.close());

/** Has the task say something. */
const say = (message: string, level?: string): Promise<unknown> => ledger.write(said(message, level));
const said = (message: string, level?: string, more: object = {}): object =>
  lifecycleEvent('progressed', 'k', { message, ...(level !== undefined && { level }), ...more });

interface Listed {
  task_id: number;
  revision: number;
  intact: boolean;
  fault?: string;
  messages: { revision: number; message: string | null; level: string; [member: string]: unknown }[];
}

async function get(path = PATH): Promise<{ response: Response; data: Listed; next: string | undefined }> {
  const response = await fetch(faked.url + path);
  await holdToOpenApi('GET', PATH, response);
  const { data } = (await response.json()) as { data: Listed };
  return { response, data, next: /<(.+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1] };
}

/** What all pages say together, and how many pages there are. */
async function all(query: string): Promise<[texts: (string | null)[], pages: number]> {
  const texts: (string | null)[] = [];
  let pages = 0;
  for (let path: string | undefined = `${PATH}?${query}`; path !== undefined; pages++) {
    const { data, next } = await get(path);
    texts.push(...data.messages.map(({ message }) => message));
    path = next;
  }
  return [texts, pages];
}

describe('GET /api/v1/tasks/{id}/messages', () => {
  it('shows each message with all that is known of it, newest first', async () => {
    await ledger.write(
      created('k'),
      said('queued'),
      lifecycleEvent('started', 'k'),
      said('page 4', 'warning', { progress: 4 }),
    );
    const position = ledger.events.filter(({ stream }) => stream === 'task-1').map((event) => event.position);
    const { data, next } = await get();
    const recorded_at = '2025-03-12T10:00:00.000Z';
    const common = { recorded_at, occurred_at: null, erased: false };
    expect(data).toEqual({
      task_id: 1,
      revision: 3,
      intact: true,
      messages: [
        { ...common, ...at(3), attempt: 1, level: 'warning', message: 'page 4', progress: 4 },
        { ...common, ...at(1), attempt: 0, level: 'info', message: 'queued', progress: null },
      ],
    });
    expect(next).toBeUndefined();
    function at(revision: number): object {
      return { revision, position: position[revision] };
    }
  });

  it.each([
    ['', ['debug', 'info', 'warning', 'Error: TIMEOUT']],
    ['level=debug', ['debug', 'info', 'warning', 'Error: TIMEOUT']],
    ['level=info', ['info', 'warning', 'Error: TIMEOUT']],
    ['level=warning', ['warning', 'Error: TIMEOUT']],
    ['level=error', ['Error: TIMEOUT']],
    ['q=timeo', ['Error: TIMEOUT']],
    ['q=N', ['info', 'warning']],
    ['q=N&level=warning', ['warning']],
    ['q=.', []],
  ])('filters by %j', async (query, texts) => {
    await ledger.write(created('k'), said('debug', 'debug'), said('info'), said('warning', 'warning'));
    await say('Error: TIMEOUT', 'error');
    expect(await all(`order=oldest&${query}`)).toEqual([texts, 1]);
  });

  it('links from page to page in both orders, giving each message once', async () => {
    const texts = Array.from({ length: 7 }, (_, at) => `${at}`);
    await ledger.write(created('k'), ...texts.map((text) => said(text)));
    expect(await all('order=oldest&limit=3')).toEqual([texts, 3]);
    expect(await all('limit=3')).toEqual([[...texts].reverse(), 3]);
    expect(await all('limit=2&after=2&before=6')).toEqual([['4', '3', '2'], 2]);
    expect(await all('order=oldest&after=7')).toEqual([[], 1]);
    expect(await all('after=3&before=4')).toEqual([[], 1]);
    expect(await all('before=0')).toEqual([[], 1]);
  });

  it('ends a page after a bounded number of events, even if nothing was found, and goes on there', async () => {
    await ledger.write(created('k'), said('needle'));
    for (let written = 0; written < EVENTS_A_PAGE_MAX; written += 500)
      await ledger.write(
        ...Array.from({ length: 500 }, () => lifecycleEvent('progressed', 'k', { progress: 0 })),
      );
    const first = await get(`${PATH}?q=needle`);
    expect([first.data.messages, first.next]).toEqual([[], `${PATH}?q=needle&before=2`]);
    const second = await get(first.next);
    expect(second.data.messages).toMatchObject([{ message: 'needle' }]);
    expect(second.next).toBeUndefined();
  });

  it('ends a page early when its messages are large', async () => {
    await ledger.write(created('k'));
    for (let large = 0; large < 30; large++) await say('x'.repeat(200_000));
    const { data, next } = await get();
    expect(data.messages).toHaveLength(21);
    expect((await get(next)).data.messages).toHaveLength(9);
  });

  it('shows an erased message as null and says so, and finds no text in it', async () => {
    await ledger.write(created('k'), said('secret', 'error'));
    (ledger.events.at(-1) as RecordedEvent).data.message = { hash: 'abc' };
    const { data } = await get();
    expect(data.messages).toMatchObject([{ message: null, erased: true, level: 'error' }]);
    expect(JSON.stringify(data)).not.toContain('secret');
    expect((await get(`${PATH}?q=secret`)).data.messages).toEqual([]);
  });

  it('says of what does not verify that it does not, in both orders, and shows nothing of a damaged event', async () => {
    await ledger.write(created('k'), said('a'), said('b'), said('c'));
    const forged = ledger.events.findIndex(({ stream, revision }) => stream === 'task-1' && revision === 2);
    ledger.events[forged] = { ...(ledger.events[forged] as RecordedEvent), damage: 'its checksum is wrong' };
    const fault = 'task-1@2: its checksum is wrong';
    const whole = { intact: false, messages: [{ message: 'c' }, { message: 'a' }] };
    expect((await get()).data).toMatchObject(whole);
    expect((await get(`${PATH}?order=oldest`)).data).toMatchObject({ intact: false, fault });
    expect((await get(`${PATH}?order=oldest&before=2`)).data).toMatchObject({ intact: true });
  });

  it('does not know a task without events, and is 503 while the ledger is away', async () => {
    expect((await get()).response.status).toBe(404);
    ledger.beforeRead = () => {
      throw new UnavailableError('The ledger is away');
    };
    expect((await get()).response.status).toBe(503);
  });

  it.each([
    ['level=fatal', 'level must be one of debug, info, warning, error'],
    ['order=up', 'order must be one of newest, oldest'],
    ['q=', 'q must have 1 to 256 characters'],
    ['limit=1001', 'limit must be an int from 1 to 1000'],
    ['before=-1', 'before must be an int of 0 or more'],
    ['after=x', 'after must be an int of 0 or more'],
    ['level=info&level=error', 'level must be given only once'],
    ['status=running', 'status is not taken here; taken are: level, q, order, limit, after, before'],
  ])('refuses %s', async (query, message) => {
    const response = await fetch(`${faked.url}${PATH}?${query}`);
    expect(await response.json()).toEqual({ code: 400, message, data: null });
  });
});

describe('GET /api/v1/tasks/{id}/messages/stream', () => {
  const STREAM = `${PATH}/stream`;

  async function open(query = '', options?: StreamOptions): Promise<EventStream> {
    const stream = await EventStream.open(`${faked.url}${STREAM}${query}`, options);
    expect(stream.status).toBe(200);
    expect(await stream.nextBlock()).toEqual({ lines: ['retry: 2000'] });
    return stream;
  }

  /** What a stream goes on after once it is at this event. */
  const marked = (revision: number): string => {
    const event = ledger.events.find((one) => one.stream === 'task-1' && one.revision === revision);
    return `${revision}.${event?.id.slice(0, 8)}`;
  };

  const texts = async (stream: EventStream, count: number): Promise<unknown[]> =>
    (await stream.take(count)).map(({ event, id, data }) => [event, id, data.message]);

  it('begins now, tells each message as the list shows it, and ends with the task', async () => {
    await ledger.write(created('k'), said('before'));
    const stream = await open();
    expect(await stream.nextBlock()).toMatchObject({ id: marked(1) });
    await say('one');
    await ledger.write(lifecycleEvent('started', 'k'), created('other'));
    await say('two');
    const [one, two] = await stream.take(2);
    expect([two?.data, one?.data]).toEqual((await get('/api/v1/tasks/1/messages?after=1')).data.messages);
    expect([one?.event, one?.id, two?.id]).toEqual(['message', '2', '4']);
    await ledger.write(lifecycleEvent('completed', 'k'));
    expect(await stream.nextBlock()).toEqual({ lines: [`id: ${marked(4)}`], id: marked(4) });
    expect(await stream.nextBlock()).toEqual({ lines: [`id: ${marked(5)}`], id: marked(5) });
    expect(await stream.nextBlock()).toBeUndefined();
    const again = await EventStream.open(`${faked.url}${STREAM}`, { lastEventId: stream.lastEventId });
    expect(again.status).toBe(204);
  });

  it.each(['Last-Event-ID', 'after'])('goes on after %s, without a gap or a double', async (name) => {
    await ledger.write(created('k'), said('a'), said('b'));
    const stream = await (name === 'after' ? open('?after=1') : open('?after=0', { lastEventId: '1' }));
    await say('c');
    expect(await texts(stream, 2)).toEqual([
      ['message', '2', 'b'],
      ['message', '3', 'c'],
    ]);
    stream.cut();
    await say('d');
    const back = await open('', { lastEventId: '3' });
    expect(await texts(back, 1)).toEqual([['message', '4', 'd']]);
  });

  it('refuses to go on after an event of another ledger', async () => {
    await ledger.write(created('k'), said('a'), said('b'));
    const stream = await open('?after=1');
    await stream.take(1);
    const ids = [marked(1), marked(2)];
    expect((await open('', { lastEventId: ids[0] as string })).status).toBe(200);
    const other = new WrittenLedger();
    await other.write(created('k'), said('x'), said('y'));
    ledger.replaceBy(other.events);
    for (const id of ids) {
      const refused = await fetch(faked.url + STREAM, { headers: { 'Last-Event-ID': id } });
      expect(await refused.json()).toMatchObject({
        code: 400,
        message: `${id} is of another ledger than this one: list again`,
      });
    }
  });

  it('gives all from the beginning, in more than one read, and only what the filter lets through', async () => {
    const many = Array.from({ length: 600 }, (_, at) => said(`m${at}`, at % 2 === 0 ? 'debug' : 'error'));
    await ledger.write(created('k'), ...many);
    const stream = await open('?after=0&level=warning&q=M');
    const wanted = many.flatMap((_, at) => (at % 2 === 0 ? [] : [['message', `${at + 1}`, `m${at}`]]));
    expect(await texts(stream, 300)).toEqual(wanted);
  });

  it('leaves out what does not verify', async () => {
    await ledger.write(created('k'), said('a'), said('forged'), said('c'));
    const event = ledger.events.find(({ stream, revision }) => stream === 'task-1' && revision === 2);
    (event as RecordedEvent).metadata.source = '/forged';
    expect(await texts(await open('?after=0'), 2)).toEqual([
      ['message', '1', 'a'],
      ['message', '3', 'c'],
    ]);
  });

  it('stays through an outage of the ledger', async () => {
    await ledger.write(created('k'));
    const stream = await open();
    await stream.nextBlock();
    let refused = 0;
    ledger.beforeRead = () => {
      refused++;
      throw new UnavailableError('The ledger is away');
    };
    await say('while away');
    await untilTrue(() => refused > 0);
    ledger.beforeRead = () => undefined;
    expect(await texts(stream, 1)).toEqual([['message', '1', 'while away']]);
  });

  it('does not know a task without events, nor one of its events that is still to come', async () => {
    expect((await fetch(faked.url + STREAM)).status).toBe(404);
    await ledger.write(created('k'));
    const beyond = await fetch(`${faked.url}${STREAM}?after=1`);
    expect(await beyond.json()).toMatchObject({
      code: 400,
      message: "Event 1 lies beyond the task's last, 0: list again",
    });
    const wrong = await fetch(faked.url + STREAM, { headers: { 'Last-Event-ID': 'x' } });
    expect(await wrong.json()).toMatchObject({
      message: "Last-Event-ID must be the revision of one of the task's events, or 0 for its beginning",
    });
  });

  it('is counted as a reader, and ends when the service does', async () => {
    await ledger.write(created('k'));
    const stream = await open();
    await stream.nextBlock();
    await faked.service.close();
    expect(await stream.nextBlock()).toBeUndefined();
  });
});
