import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { failureOf } from '../../../services/commands/bus-errors.js';
import { JsonText } from '../../../shared/core/contracts/json-text.js';
import { checkBatchSize, type EventOutcome } from '../../../shared/core/contracts/messages.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const EVENT = {
  specversion: '1.0',
  id: 'e1',
  source: '/p',
  type: 'task.started',
  subject: '7',
  data: { total: 3 },
};

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** UTF-8 as a client that does not encode puts it into a header: byte by byte. */
function utf8InHeader(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function outcome(changes: Partial<EventOutcome> = {}): EventOutcome {
  const reason = 'accepted';
  const about = { event_id: 'e1', task_id: 7, position: '1' };
  return { ...about, outcome: reason, code: 200, reason, message: reason, ...changes };
}

describe('POST /api/v1/events', () => {
  let faked: FakedService;
  beforeAll(async () => {
    faked = await startFaked();
  });
  afterAll(() => faked.service.close());
  beforeEach(() => {
    faked.fakes.requests.length = 0;
    faked.fakes.reply = () => [outcome()];
  });

  const send = (headers: Record<string, string>, body?: string | Buffer) =>
    fetch(`${faked.url}/api/v1/events`, { method: 'POST', headers, body: body as string });
  const sent = () => faked.fakes.requests.map(({ data }) => data);

  it('takes one event in structured mode, with a deadline', async () => {
    const response = await send({ 'Content-Type': `${STRUCTURED}; charset=UTF-8` }, JSON.stringify(EVENT));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ code: 200, message: 'success', data: [outcome()] });
    expect(faked.fakes.requests).toEqual([{ subject: 'tasks.ingest', data: EVENT, deadlineMs: 1_005_000 }]);
  });

  it.each([
    [400, 'rejected', 'already_failed'],
    [404, 'rejected', 'task_not_found'],
    [409, 'rejected', 'event_id_conflict'],
    [503, 'unavailable', 'broken_task'],
  ] as const)("makes the only event's %i the answer's", async (code, name, reason) => {
    faked.fakes.reply = () => [
      outcome({ code, outcome: name, reason, task_id: null, message: 'Why it was not taken' }),
    ];
    const response = await send({ 'Content-Type': STRUCTURED }, JSON.stringify(EVENT));
    expect(response.status).toBe(code);
    expect(await response.json()).toMatchObject({ code, message: 'Why it was not taken', data: [{ code }] });
    expect(response.headers.get('taskledger-reason')).toBe(reason);
    expect(response.headers.get('retry-after')).toBe(code === 503 ? '1' : null);
  });

  it('takes a batch, which is 200 whatever became of its events', async () => {
    const outcomes = [outcome(), outcome({ event_id: null, outcome: 'rejected', code: 400 })];
    faked.fakes.reply = () => outcomes;
    const response = await send({ 'Content-Type': BATCH }, JSON.stringify([EVENT, 17]));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ code: 200, message: 'success', data: outcomes });
    expect(sent()).toEqual([[EVENT, 17]]);
  });

  it('takes white space around the JSON', async () => {
    await send({ 'Content-Type': BATCH }, ' \t\r\n[1 , 2]\n');
    await send({ 'Content-Type': STRUCTURED }, `\n ${JSON.stringify(EVENT)} `);
    expect(sent()).toEqual([[1, 2], EVENT]);
  });

  it.each(['[]', ' [\n] '])('answers the empty batch %j with an empty list', async (body) => {
    faked.fakes.reply = (_, data) => (data as unknown[]).map(() => outcome());
    expect(await (await send({ 'Content-Type': BATCH }, body)).json()).toMatchObject({ code: 200, data: [] });
    expect(sent()).toEqual([[]]);
  });

  it('takes 1000 events at once and refuses 1001', async () => {
    faked.fakes.reply = (_, data) => {
      try {
        checkBatchSize(data as unknown[]);
        return [outcome()];
      } catch (error) {
        return failureOf(error);
      }
    };
    expect((await send({ 'Content-Type': BATCH }, JSON.stringify(Array(1000).fill(EVENT)))).status).toBe(200);
    const response = await send({ 'Content-Type': BATCH }, JSON.stringify(Array(1001).fill(1)));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      code: 413,
      message: 'A batch has at most 1000 events; this one has 1001',
      data: null,
    });
  });

  it.each(['application/json', 'text/json; charset=utf-8'])(
    'takes an event and a list as %s',
    async (type) => {
      await send({ 'Content-Type': type }, ` ${JSON.stringify(EVENT)}`);
      await send({ 'Content-Type': type }, ` ${JSON.stringify([EVENT, EVENT])}`);
      expect(sent()).toEqual([EVENT, [EVENT, EVENT]]);
    },
  );

  it('passes on which trace a request belongs to', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    for (const header of [traceparent, 'nonsense']) {
      await send({ 'Content-Type': STRUCTURED, traceparent: header }, JSON.stringify(EVENT));
      await send({ 'Content-Type': BATCH, traceparent: header }, JSON.stringify([EVENT]));
    }
    expect(faked.fakes.requests.map((request) => request.traceparent)).toEqual([
      ...[traceparent, traceparent],
      ...[undefined, undefined],
    ]);
  });

  describe('in binary mode', () => {
    const HEADERS = { 'ce-specversion': '1.0', 'ce-id': 'e1', 'ce-source': '/p', 'ce-type': 'task.started' };

    it('makes attributes of the headers and data of the body', async () => {
      await send(
        { ...HEADERS, 'ce-subject': '7', 'ce-tenant': 'x', 'Content-Type': 'application/json' },
        '{"total":3}',
      );
      const { data: _, ...attributes } = EVENT;
      const data = { datacontenttype: 'application/json', data_base64: base64('{"total":3}') };
      expect(sent()).toEqual([{ ...attributes, tenant: 'x', ...data }]);
    });

    it('has no data without a body', async () => {
      await send({ ...HEADERS, 'ce-subject': '7' });
      const { data: _, ...withoutData } = EVENT;
      expect(sent()).toEqual([withoutData]);
    });

    it.each([
      ['crawl%2F1', 'crawl/1'],
      ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
      ['100%25', '100%'],
      ['"quoted"', 'quoted'],
      ['"a \\"b\\" \\\\"', 'a "b" \\'],
      ['"', '"'],
      ['a+b', 'a+b'],
      ['100% %zz', '100% %zz'],
      [utf8InHeader('Straße/€'), 'Straße/€'],
    ])('decodes %s', async (header, value) => {
      await send({ ...HEADERS, 'ce-subject': header, 'Content-Type': 'application/json' }, '{}');
      expect(sent()).toMatchObject([{ subject: value }]);
    });

    it.each([
      ['ce-subject', '%E2%82', 'holds a % that does not encode UTF-8'],
      ['ce-subject', '%C0%AF', 'holds a % that does not encode UTF-8'],
      ['ce-subject', '\u00e9', 'must be UTF-8'],
      ['ce-data', '{}', 'names no attribute'],
      ['ce-datacontenttype', 'application/json', 'names no attribute'],
      ['ce-__proto__', 'x', 'names no attribute'],
      ['ce-', 'x', 'names no attribute'],
    ])('refuses %s: %s', async (name, value, why) => {
      const response = await send({ ...HEADERS, [name]: value, 'Content-Type': 'application/json' }, '{}');
      expect(await response.json()).toEqual({
        code: 400,
        message: expect.stringContaining(`Header ${name} ${why}`),
        data: null,
      });
      expect(sent()).toEqual([]);
    });

    it.each(['', 'text/json', 'application/vnd.acme.task+json'])(
      'takes a body of the type "%s"',
      async (type) => {
        await send({ ...HEADERS, 'ce-subject': '7', 'Content-Type': type }, Buffer.from('{}'));
        const datacontenttype = type === '' ? {} : { datacontenttype: type };
        expect(sent()).toMatchObject([{ data_base64: base64('{}'), ...datacontenttype }]);
      },
    );

    it('refuses a body of another media type', async () => {
      for (const type of ['text/plain', 'application/xml']) {
        const response = await send({ ...HEADERS, 'Content-Type': type }, Buffer.from('{}'));
        expect(response.status).toBe(415);
      }
    });
  });

  it.each([
    [STRUCTURED, '', 'Malformed JSON'],
    [STRUCTURED, '{', 'Malformed JSON'],
    [STRUCTURED, '[]', 'must be a CloudEvent'],
    [STRUCTURED, 'null', 'must be a CloudEvent'],
    [STRUCTURED, '\ufeff\ufeff{}', 'Malformed JSON'],
    [STRUCTURED, '{"id":"a","id":"b"}', 'duplicate member'],
    [STRUCTURED, ' "a"', 'must be a CloudEvent'],
    [STRUCTURED, '{}{}', 'Malformed JSON'],
    [BATCH, '{}', 'must be a list of CloudEvents'],
    [BATCH, ' \n', 'Malformed JSON'],
    [BATCH, '[]]', 'Malformed JSON'],
    [BATCH, '{"id":"a","id":"b"}', 'duplicate member'],
    [BATCH, '[{"id":"a"', 'Malformed JSON'],
    [BATCH, '[{"id":"a}]', 'Malformed JSON'],
    [BATCH, '[{"id":["a"}]', 'Malformed JSON'],
    [BATCH, '[{"id":"a"}],{}', 'Malformed JSON'],
    [BATCH, '['.repeat(10_000), 'nested too deeply'],
  ])('refuses %s %.30s as a whole', async (type, body, why) => {
    const response = await send({ 'Content-Type': type }, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ code: 400, message: expect.stringContaining(why), data: null });
    expect(sent()).toEqual([]);
  });

  it.each([
    [[0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d], 'Malformed JSON'],
    [[0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d], 'a byte that is no UTF-8'],
  ])('refuses what is not UTF-8', async (bytes, why) => {
    const response = await send({ 'Content-Type': STRUCTURED }, Buffer.from(bytes));
    expect(await response.json()).toEqual({ code: 400, message: expect.stringContaining(why), data: null });
  });

  it.each([
    [{ 'Content-Type': 'text/plain' }, 'application/cloudevents+json (one event)'],
    [{ 'Content-Type': 'application/vnd.acme+json' }, 'it is "application/vnd.acme+json"'],
    [{ 'Content-Type': `${STRUCTURED}; charset=latin1` }, 'charset of the body must be utf-8'],
    [{ 'Content-Type': STRUCTURED, 'Content-Encoding': 'gzip' }, 'Content-Encoding must be identity'],
  ])('answers 415 to %j', async (headers, why) => {
    const response = await send(headers, JSON.stringify(EVENT));
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual({ code: 415, message: expect.stringContaining(why), data: null });
  });

  it('counts what became of the events', async () => {
    faked.fakes.reply = () => [outcome(), outcome(), outcome({ outcome: 'duplicate' })];
    const before = await counted('duplicate');
    await send({ 'Content-Type': BATCH }, '[1,2,3]');
    expect(await counted('duplicate')).toBe(before + 1);
  });

  it('counts and passes on the outcomes of a batch that come as text', async () => {
    // An id may hold what looks like an outcome.
    const outcomes = [outcome({ event_id: '","outcome":"duplicate"' }), outcome({ outcome: 'duplicate' })];
    faked.fakes.reply = () => new JsonText(JSON.stringify(outcomes));
    const before = [await counted('accepted'), await counted('duplicate')] as const;
    const response = await send({ 'Content-Type': BATCH }, '[1,2]');
    expect(await response.json()).toEqual({ code: 200, message: 'success', data: outcomes });
    expect([await counted('accepted'), await counted('duplicate')]).toEqual([before[0] + 1, before[1] + 1]);
  });

  it('answers a failure that comes as text', async () => {
    const failure = { ok: false, error: { code: 'too_many_events', message: 'Too many' } };
    faked.fakes.reply = () => new JsonText(JSON.stringify(failure));
    const response = await send({ 'Content-Type': BATCH }, '[1,2]');
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ code: 413, message: 'Too many', data: null });
  });

  async function counted(name: string): Promise<number> {
    const text = await (await fetch(`${faked.url}/metrics`)).text();
    return Number(
      new RegExp(`taskledger_ingest_outcomes_total\\{outcome="${name}"\\} (\\d+)`).exec(text)?.[1] ?? 0,
    );
  }
});
