import { beforeEach, describe, expect, it } from '@jest/globals';
import { SpreadIngest } from '../../../services/commands/spread-ingest.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { RefusedJson } from '../../../shared/core/contracts/json-items.js';
import type { JsonText } from '../../../shared/core/contracts/json-text.js';
import { SERVICE_SUBJECT, serviceIngestSubject } from '../../../shared/core/contracts/subjects.js';
import type { MessageBus, RequestOptions } from '../../../shared/core/ports/message-bus.js';
import { anonymously, created, lifecycleEvent } from '../../support/command-side.js';

const accepted = [{ outcome: 'accepted', task_id: 7, reason: 'accepted' }];
const context = anonymously(60_000);

describe('the events of tasks spread over command services', () => {
  let nowMs: number;
  /** Who answers next. */
  let service: string;
  let asked: { subject: string; data: unknown; options: RequestOptions }[];
  let here: unknown[][];
  let reply: (subject: string) => unknown;
  let bus: Pick<MessageBus, 'request' | 'requestBytesMax'>;
  let spread: SpreadIngest;

  beforeEach(() => {
    [nowMs, service, asked, here] = [0, 'other', [], []];
    reply = (subject) => (subject === SERVICE_SUBJECT ? { id: service } : accepted);
    bus = {
      requestBytesMax: 10_000,
      async request(subject, data, options) {
        asked.push({ subject, data, options });
        return reply(subject);
      },
    };
    spread = new SpreadIngest({
      bus: bus as MessageBus,
      serviceId: 'here',
      clock: { nowMs: () => nowMs },
      here: {
        ingest: async (events) => {
          here.push([...events]);
          return accepted as never;
        },
        taskIdOfKey: async (key) => key.length,
      },
    });
  });

  const subjects = (): string[] => asked.map(({ subject }) => subject);
  const other = serviceIngestSubject('other');

  it('stay with the one that they went to, for a while', async () => {
    for (let event = 0; event < 3; event++)
      expect(await spread.ingest([created('a')], context)).toEqual(accepted);
    expect(subjects()).toEqual([SERVICE_SUBJECT, other, other, other]);
    service = 'third';
    nowMs += 31_000;
    await spread.ingest([created('a')], anonymously(100_000));
    expect(subjects().slice(4)).toEqual([SERVICE_SUBJECT, serviceIngestSubject('third')]);
    expect(asked.at(-1)?.options.deadlineMs).toBe(nowMs + 3_000);
    expect(here).toEqual([]);
  });

  it('say in whose name they were left, and what that one may do', async () => {
    const reporter = { ...context, principal: 'ana', rights: ['publish'] as const };
    await spread.ingest([created('a')], reporter);
    expect(asked.at(-1)?.options).toEqual({ ...reporter, deadlineMs: 3_000 });
  });

  it('go to whichever service answers for their part', async () => {
    let asks = 0;
    reply = (subject) => (subject === SERVICE_SUBJECT ? { id: `service-${asks++ % 3}` } : accepted);
    for (let task = 0; task < 300; task++) await spread.ingest([created(`task/${task}`)], context);
    const counts = [0, 1, 2].map((one) =>
      subjects().filter((to) => to === serviceIngestSubject(`service-${one}`)),
    );
    for (const to of counts) expect(to.length).toBeGreaterThan(50);
  });

  it('are taken in here where this is the service, without a way round', async () => {
    service = 'here';
    const event = created('a');
    await spread.ingest([event], context);
    await spread.ingest([event], context);
    expect(subjects()).toEqual([SERVICE_SUBJECT]);
    expect(here).toEqual([[event], [event]]);
    expect(await spread.taskIdOfKey('four')).toBe(4);
  });

  it('are taken in here when no service says who it is', async () => {
    reply = () => {
      throw new UnavailableError('Nobody answers');
    };
    const event = created('a');
    expect(await spread.ingest([event], context)).toEqual(accepted);
    expect(here).toEqual([[event]]);
  });

  it('are taken in here when they were refused before, or are too large to be sent', async () => {
    const refused = new RefusedJson('type: task.cancelled is not taken', '{"type":"task.cancelled"}');
    await spread.ingest([refused], context);
    await spread.ingest([created('a'), refused], context);
    await spread.ingest([created('a', { params: { text: 'x'.repeat(11_000) } })], context);
    expect(here.map((events) => events.length)).toEqual([1, 2, 1]);
    expect(subjects().filter((subject) => subject !== SERVICE_SUBJECT)).toEqual([]);
  });

  it.each([[[]], [[accepted[0]]]])(
    'are taken in here when the other service answers for %j',
    async (some) => {
      reply = (subject) => (subject === SERVICE_SUBJECT ? { id: 'other' } : some);
      const events = [created('a'), lifecycleEvent('started', 'a')];
      expect(await spread.ingest(events, context)).toEqual(accepted);
      expect(here).toEqual([events]);
    },
  );

  it('are handed to nobody when their sender may not send one of them', async () => {
    const reporter = { ...context, rights: ['publish'] as const };
    const events = [created('a'), lifecycleEvent('cancelled', 'a')];
    await spread.ingest(events, reporter);
    await spread.ingest([created('b')], { ...context, rights: ['cancel'] });
    expect(here).toEqual([events, [created('b')].map((event) => ({ ...event, id: expect.any(String) }))]);
    expect(subjects().filter((subject) => subject !== SERVICE_SUBJECT)).toEqual([]);
    await spread.ingest([created('a')], reporter);
    expect(subjects().at(-1)).toBe(other);
  });

  it('go to another service when the one before does not answer', async () => {
    await spread.ingest([created('a')], context);
    reply = (subject) => {
      if (subject === other) throw new UnavailableError('Nobody answers');
      return subject === SERVICE_SUBJECT ? { id: service } : accepted;
    };
    await expect(spread.ingest([created('a')], context)).rejects.toThrow(UnavailableError);
    // It still says that it is there.
    expect(await spread.ingest([created('a')], context)).toEqual(accepted);
    expect(here).toHaveLength(1);
    service = 'third';
    await spread.ingest([created('b')], context);
    expect(subjects().at(-1)).toBe(serviceIngestSubject('third'));
  });

  it.each([
    ['is without the ledger', { outcome: 'unavailable', task_id: null, reason: 'unavailable' }],
    ['finds the task broken', { outcome: 'unavailable', task_id: 7, reason: 'broken_task' }],
    ['does not know the type', { outcome: 'rejected', task_id: null, reason: 'invalid_request' }],
    ['has been refused by the ledger', { outcome: 'rejected', task_id: 7, reason: 'stream_deleted' }],
  ])('are taken in here when the other service %s', async (_, outcome) => {
    reply = (subject) => (subject === SERVICE_SUBJECT ? { id: 'other' } : [accepted[0], outcome]);
    const events = [created('a'), created('a')];
    expect(await spread.ingest(events, context)).toEqual(accepted);
    expect(here).toEqual([events]);
    const before = asked.length;
    await spread.ingest([created('a')], context);
    // One that has no ledger is not asked again for a while, and whoever asks for a service does not get it.
    const isAvoided = outcome.outcome === 'unavailable';
    expect(subjects().slice(before)).toEqual([isAvoided ? SERVICE_SUBJECT : other]);
  });

  it('are believed to be settled where they were refused for what their task is', async () => {
    const late = [{ outcome: 'rejected', task_id: 7, reason: 'already_completed' }];
    reply = (subject) => (subject === SERVICE_SUBJECT ? { id: 'other' } : late);
    expect(await spread.ingest([created('a')], context)).toEqual(late);
    expect(here).toEqual([]);
  });

  it('stay with the services that answer when another one does not', async () => {
    reply = (subject) => (subject === SERVICE_SUBJECT ? { id: service } : accepted);
    await spread.ingest([created('a')], context);
    service = 'third';
    await spread.ingest([created('b')], context);
    reply = (subject) => {
      if (subject === other) throw new UnavailableError('Nobody answers');
      return subject === SERVICE_SUBJECT ? { id: 'fourth' } : accepted;
    };
    await expect(spread.ingest([created('a')], context)).rejects.toThrow(UnavailableError);
    await spread.ingest([created('b')], context);
    expect(subjects().at(-1)).toBe(serviceIngestSubject('third'));
  });

  it('are spread where they create tasks without a key, too', async () => {
    let asks = 0;
    reply = (subject) => (subject === SERVICE_SUBJECT ? { id: `service-${asks++ % 3}` } : accepted);
    for (let task = 0; task < 60; task++) {
      const { subject: _, ...event } = created('a') as { subject: string };
      await spread.ingest([event], context);
    }
    expect(asks).toBeGreaterThan(10);
  });

  it('are taken in here when the other service can not read them, and are sent with every digit', async () => {
    reply = (subject) =>
      subject === SERVICE_SUBJECT
        ? { id: 'other' }
        : { ok: false, error: { code: 'invalid_request', message: 'No list' } };
    const event = created('a', { params: { n: 1e20, id: 1541815603606036480 } });
    expect(await spread.ingest([event], context)).toEqual(accepted);
    expect(here).toEqual([[event]]);
    expect((asked.at(-1)?.data as JsonText).text).toContain(
      '"n":100000000000000000000,"id":1541815603606036480',
    );
  });
});
