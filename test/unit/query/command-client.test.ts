import { describe, expect, it } from '@jest/globals';
import { CommandClient } from '../../../services/query/command-client.js';
import { ANONYMOUS_CALLER } from '../../../shared/core/contracts/caller.js';
import {
  InvalidRequestError,
  TooManyEventsError,
  UnavailableError,
} from '../../../shared/core/contracts/errors.js';
import { JsonText } from '../../../shared/core/contracts/json-text.js';
import type { EventOutcome } from '../../../shared/core/contracts/messages.js';

type Reply = (events: { id: string }[]) => unknown;

/** A client on a bus that carries 100 bytes at once. */
function clientOf(reply: Reply) {
  const requests: { id: string }[][] = [];
  const deadlines = new Set<number>();
  let nowMs = 1_000;
  const bus = {
    requestBytesMax: 100,
    ready: () => true,
    request: async (_subject: string, data: object, { deadlineMs }: { deadlineMs: number }) => {
      const sent = data instanceof JsonText ? (JSON.parse(data.text) as object) : data;
      requests.push(sent as { id: string }[]);
      deadlines.add(deadlineMs);
      nowMs += 10;
      return reply(sent as { id: string }[]);
    },
  };
  const client = new CommandClient({ bus, clock: { nowMs: () => nowMs } }, 5_000);
  return { client, requests, deadlines };
}

const accepted: Reply = (events) =>
  [events].flat().map(({ id }) => ({
    event_id: id,
    outcome: 'accepted',
    task_id: 1,
    code: 200,
    reason: 'accepted',
    message: 'accepted',
  }));
const events = Array.from({ length: 20 }, (_, index) => ({ id: `é-${index}` }));
const list = (of: readonly object[]): JsonText => new JsonText(JSON.stringify(of));
const ids = (outcomes: EventOutcome[]): (string | null)[] => outcomes.map(({ event_id }) => event_id);

describe('a list that is larger than the bus carries at once', () => {
  it('is sent in parts, in order, with one deadline for all', async () => {
    const { client, requests, deadlines } = clientOf(accepted);
    expect(ids(await client.ingest(list(events), ANONYMOUS_CALLER))).toEqual(events.map(({ id }) => id));
    expect(requests.flat()).toEqual(events);
    expect(requests.length).toBeGreaterThan(2);
    for (const part of requests) expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThanOrEqual(100);
    expect([...deadlines]).toEqual([6_000]);
  });

  it('is sent at once when there is no limit, and when it fits', async () => {
    const { client, requests } = clientOf(accepted);
    await client.ingest(list(events.slice(0, 5)), ANONYMOUS_CALLER);
    await client.ingest({ id: 'x'.repeat(200) }, ANONYMOUS_CALLER);
    expect(requests).toHaveLength(1 + 1);
  });

  it('is cut however it is written, and one event is sent alone', async () => {
    const { client, requests } = clientOf(accepted);
    const text = JSON.stringify(events, undefined, 2);
    expect(ids(await client.ingest(new JsonText(text), ANONYMOUS_CALLER))).toEqual(
      events.map(({ id }) => id),
    );
    expect(requests.flat()).toEqual(events);
    const one = { id: 'é'.repeat(60) };
    await client.ingest(new JsonText(JSON.stringify(one)), ANONYMOUS_CALLER);
    expect(requests.at(-1)).toEqual([one]);
  });

  it('is refused when its text can not be read, or holds too many', async () => {
    const { client, requests } = clientOf(accepted);
    await expect(client.ingest(new JsonText(`[${'1,'.repeat(100)}`), ANONYMOUS_CALLER)).rejects.toThrow(
      InvalidRequestError,
    );
    const tooMany = new JsonText(JSON.stringify(Array(1001).fill(1)));
    await expect(client.ingest(tooMany, ANONYMOUS_CALLER)).rejects.toThrow(TooManyEventsError);
    expect(requests).toEqual([]);
  });

  it('goes no further after an event that is unavailable: the next could be of the same task', async () => {
    let calls = 0;
    const { client, requests } = clientOf((part) =>
      ++calls === 1
        ? accepted(part)
        : part.map(({ id }) => ({
            event_id: id,
            outcome: 'unavailable',
            task_id: null,
            code: 503,
            reason: 'unavailable',
            message: 'Away',
          })),
    );
    const outcomes = await client.ingest(list(events), ANONYMOUS_CALLER);
    expect(requests).toHaveLength(2);
    expect(ids(outcomes)).toEqual(events.map(({ id }) => id));
    const [first] = requests as [unknown[]];
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(
      events.map((_, index) => (index < first.length ? 'accepted' : 'unavailable')),
    );
    expect(outcomes.at(-1)).toMatchObject({ code: 503, message: 'Away' });
  });

  it('has the answers of the parts before one that got none', async () => {
    let calls = 0;
    const { client } = clientOf((part) => {
      if (++calls === 1) return accepted(part);
      throw new UnavailableError('No answer');
    });
    const outcomes = await client.ingest(list(events), ANONYMOUS_CALLER);
    expect(outcomes[0]?.outcome).toBe('accepted');
    expect(outcomes.at(-1)).toEqual({
      event_id: events.at(-1)?.id,
      outcome: 'unavailable',
      task_id: null,
      code: 503,
      reason: 'unavailable',
      message: 'No answer',
      position: null,
    });
  });

  it('is unavailable as a whole when its first part got no answer', async () => {
    const { client } = clientOf(() => {
      throw new UnavailableError('No answer');
    });
    await expect(client.ingest(list(events), ANONYMOUS_CALLER)).rejects.toThrow(UnavailableError);
  });

  it('has an event rejected that the bus can not carry, and the others taken', async () => {
    const large = { id: 'x'.repeat(300) };
    const { client } = clientOf((part) => {
      if (part[0]?.id === large.id) throw new InvalidRequestError('Too large');
      return accepted(part);
    });
    const outcomes = await client.ingest(list([{ id: 'a' }, large, { id: 'b' }]), ANONYMOUS_CALLER);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'rejected', 'accepted']);
  });
});
