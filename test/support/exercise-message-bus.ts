import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ANONYMOUS_CALLER, RIGHTS, type Caller } from '../../shared/core/contracts/caller.js';
import { InvalidRequestError, UnavailableError } from '../../shared/core/contracts/errors.js';
import { RefusedJson } from '../../shared/core/contracts/json-items.js';
import { JsonText } from '../../shared/core/contracts/json-text.js';
import { COMMANDS_SUBJECT, REPORT_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { MessageBus, RequestHandler } from '../../shared/core/ports/message-bus.js';
import { anonymously } from './command-side.js';

/** Two ends of one bus: as two processes or two threads have it. */
export interface MessageBusHarness {
  asking: MessageBus;
  answering: MessageBus;
  dispose(): Promise<void>;
}

let names = 0;
const FAR_MS = 60_000;

/** The contract of `MessageBus`, whole, for any adapter. */
export function exerciseMessageBus(name: string, makeHarness: () => Promise<MessageBusHarness>): void {
  describe(`MessageBus contract: ${name}`, () => {
    let harness: MessageBusHarness;
    let asking: MessageBus;
    let answering: MessageBus;
    let subject: string;

    beforeEach(async () => {
      harness = await makeHarness();
      ({ asking, answering } = harness);
      subject = `${COMMANDS_SUBJECT}.test.${process.pid}.${++names}`;
    });

    afterEach(async () => {
      await asking.close();
      await answering.close();
      await harness.dispose();
    });

    const ask = (data: object = {}, timeoutMs = FAR_MS): Promise<unknown> =>
      asking.request(subject, data, anonymously(Date.now() + timeoutMs));
    /** Asks until nobody answers any more; what was on its way when that began may still be answered. */
    const refused = async (): Promise<void> => {
      for (let tries = 0; tries < 1_000; tries++) {
        const outcome = await ask({ tries }).catch((error: unknown) => error);
        if (outcome instanceof UnavailableError) return;
        expect(outcome).toEqual({ answered: true });
      }
      throw new Error('Requests are still answered');
    };
    const answer = (handler: RequestHandler) => answering.respond(subject, handler);

    describe('request and reply', () => {
      it('hands over JSON and brings back JSON', async () => {
        const values = [{ a: [1, 2.5, null, true, 'é😀'], b: {} }, [], [{ id: 1 }, 'x'], { '': '' }];
        await answer(async (data) => ({ got: data }));
        for (const value of values) expect(await ask(value)).toEqual({ got: value });
      });

      it('brings each answer to its own request, whatever the order of the answers', async () => {
        const held: (() => void)[] = [];
        await answer(async (data) => {
          await new Promise<void>((resolve) => {
            held.push(resolve);
            if (held.length === 50) for (const release of held.reverse()) release();
          });
          return data;
        });
        const numbers = Array.from({ length: 50 }, (_, number) => ({ number }));
        expect(await Promise.all(numbers.map((number) => ask(number)))).toEqual(numbers);
      });

      it('keeps subjects apart', async () => {
        await answer(async () => ({ from: 'one' }));
        await answering.respond(`${subject}.other`, async () => ({ from: 'other' }));
        expect(await ask()).toEqual({ from: 'one' });
      });

      it('shares requests among all that answer, each to one of them', async () => {
        const taken = [0, 0, 0];
        for (const [who] of taken.entries()) {
          await answer(async () => {
            (taken[who] as number)++;
            return { who };
          });
        }
        const answers = await Promise.all(Array.from({ length: 300 }, () => ask()));
        expect(answers).toHaveLength(300);
        expect(taken.reduce((sum, count) => sum + count)).toBe(300);
        for (const count of taken) expect(count).toBeGreaterThan(0);
      });

      it('carries as much as it says', async () => {
        const bytes = asking.requestBytesMax ?? 1024 * 1024;
        const text = 'x'.repeat(bytes - '{"text":""}'.length);
        await answer(async (data) => ({ length: (data as { text: string }).text.length }));
        expect(await ask({ text })).toEqual({ length: text.length });
      });
    });

    describe('JSON that is still text', () => {
      it('is handed over as the JSON that it is', async () => {
        const texts = [
          ' {"a": [1, 2.50, null, true, "\\u00e9😀"],\n "b": {}} ',
          '[]',
          '[{"id":1},"x"]',
          '{"":""}',
        ];
        await answer(async (data) => ({ got: data }));
        for (const text of texts) expect(await ask(new JsonText(text))).toEqual({ got: JSON.parse(text) });
      });

      it.each([
        ['nothing', '', 'Malformed JSON'],
        ['half an object', '{"a":', 'Malformed JSON'],
        ['a member twice', '{"a":1,"a":2}', 'duplicate member'],
        ['an integer that a double does not hold', '{"n":9007199254740993}', 'integer beyond'],
        ['a list without an end', '[{"a":1,"a":2}', 'Malformed JSON'],
        ['deep nesting', '['.repeat(10_000), 'nested too deeply'],
      ])('is an invalid request and reaches no handler when it is %s', async (_, text, message) => {
        const seen: unknown[] = [];
        await answer(async (data) => void seen.push(data));
        const refused = ask(new JsonText(text));
        await expect(refused).rejects.toThrow(InvalidRequestError);
        await expect(refused).rejects.toThrow(message);
        await ask({ well: true });
        expect(seen).toEqual([{ well: true }]);
      });
    });

    it('hands over a list with what is refused of it in its place', async () => {
      await answer(async (data) =>
        (data as unknown[]).map((item) => (item instanceof RefusedJson ? item.message : item)),
      );
      expect(await ask(new JsonText('[{"id":1},{"a":1,"a":2},{"n":9007199254740993},"x"]'))).toEqual([
        { id: 1 },
        expect.stringContaining('duplicate member'),
        expect.stringContaining('integer beyond'),
        'x',
      ]);
    });

    describe('who asks', () => {
      const ana = { principal: 'Ána <ana@example.com>', authenticatedBy: 'token' };
      const heardOn = async (on: string, said: Caller): Promise<unknown> => {
        const stop = await answering.respond(on, async (_, { principal, authenticatedBy, rights }) => ({
          principal,
          authenticatedBy,
          rights,
        }));
        const heard = await asking.request(on, {}, { ...said, deadlineMs: Date.now() + FAR_MS });
        await stop();
        return heard;
      };

      it.each<Caller>([
        ANONYMOUS_CALLER,
        { ...ana, rights: RIGHTS },
        { ...ana, rights: ['publish', 'read'] },
        { ...ana, rights: [] },
      ])('is told to the handler: %j', async (said) => {
        expect(await heardOn(subject, said)).toEqual(said);
      });

      it('is told with what they belong to', async () => {
        const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        await answer(async (_, context) => context);
        const context = { ...ana, rights: RIGHTS, traceparent, deadlineMs: Date.now() + FAR_MS };
        expect(await asking.request(subject, {}, context)).toEqual(context);
      });

      it('has no more rights than the subject gives, and is not believed there to have been checked', async () => {
        const heard = await heardOn(REPORT_SUBJECT, { ...ana, rights: RIGHTS });
        expect(heard).toEqual({ ...ana, authenticatedBy: 'none', rights: ['publish'] });
        expect(await heardOn(REPORT_SUBJECT, { ...ana, rights: ['cancel'] })).toMatchObject({ rights: [] });
      });
    });

    describe('deadlines', () => {
      it('tells the handler until when the caller waits', async () => {
        const context = anonymously(Date.now() + 12_345);
        await answer(async (_, heard) => heard);
        expect(await asking.request(subject, {}, context)).toEqual(context);
      });

      it('is unavailable when the deadline passes, while the handler goes on', async () => {
        let release = (): void => undefined;
        let ended = false;
        await answer(async () => {
          await new Promise<void>((resolve) => (release = resolve));
          ended = true;
        });
        await expect(ask({}, 50)).rejects.toThrow(UnavailableError);
        expect(ended).toBe(false);
        release();
      });

      it('does not carry out a request whose deadline has passed', async () => {
        const seen: unknown[] = [];
        await answer(async (data) => void seen.push(data));
        await expect(ask({ late: true }, -1)).rejects.toThrow(UnavailableError);
        await ask({ late: false });
        expect(seen).toEqual([{ late: false }]);
      });

      it('waits for a deadline that is further away than a timer can be', async () => {
        await answer(async () => ({}));
        expect(await asking.request(subject, {}, anonymously(Number.MAX_SAFE_INTEGER))).toEqual({});
      });
    });

    describe('failures', () => {
      it('is unavailable at once when nobody answers', async () => {
        await expect(ask()).rejects.toThrow(UnavailableError);
        await expect(ask()).rejects.toThrow(`Nobody answers on ${subject}`);
      });

      it('is unavailable when the handler fails, and answers the next request', async () => {
        const failures: RequestHandler[] = [
          () => Promise.reject(new Error('late')),
          () => {
            throw new TypeError('at once');
          },
          () => Promise.reject(new UnavailableError('The ledger is away')),
        ];
        let next: RequestHandler;
        await answer((data, context) => next(data, context));
        for (next of failures) await expect(ask()).rejects.toThrow(UnavailableError);
        next = () => Promise.reject(new InvalidRequestError('"colour" is unknown'));
        const refused = ask();
        await expect(refused).rejects.toThrow(InvalidRequestError);
        await expect(refused).rejects.toThrow('"colour" is unknown');
        next = async () => ({ well: true });
        expect(await ask()).toEqual({ well: true });
      });
    });

    describe('stopping', () => {
      it('takes no more requests once it is told to stop, and ends when those under way are answered', async () => {
        const held = new HeldRequest();
        const stop = await answer(held.handler);
        const underWay = ask();
        await held.begun;
        let stopped = false;
        const stopping = stop().then(() => (stopped = true));
        await refused();
        expect(stopped).toBe(false);
        held.release();
        expect(await underWay).toEqual({ answered: true });
        await stopping;
        await stop();
      });

      it('leaves the requests to the others that answer', async () => {
        const stop = await answer(async () => ({ by: 'first' }));
        await answer(async () => ({ by: 'second' }));
        await stop();
        for (let round = 0; round < 20; round++) expect(await ask()).toEqual({ by: 'second' });
      });
    });

    describe('closing', () => {
      it('answers what is under way and takes no more', async () => {
        const held = new HeldRequest();
        await answer(held.handler);
        const underWay = ask();
        await held.begun;
        let closed = false;
        const closing = answering.close().then(() => (closed = true));
        await refused();
        expect(closed).toBe(false);
        held.release();
        expect(await underWay).toEqual({ answered: true });
        await closing;
      });

      it('closes once, however often and wherever it is asked to', async () => {
        const stop = await answer(async () => ({}));
        await Promise.all([asking.close(), answering.close(), answering.close()]);
        await answering.close();
        await stop();
      });

      it('is unavailable after it was closed', async () => {
        await answer(async () => ({}));
        await asking.close();
        await answering.close();
        await expect(ask()).rejects.toThrow(UnavailableError);
        await expect(answer(async () => ({}))).rejects.toThrow(UnavailableError);
      });

      it('is ready while somebody can be expected to answer', async () => {
        await answer(async () => ({}));
        expect([asking.ready(), answering.ready()]).toEqual([true, true]);
        await asking.close();
        await answering.close();
        expect([asking.ready(), answering.ready()]).toEqual([false, false]);
      });
    });
  });
}

/** Holds the first request until it is released; answers the others at once. */
class HeldRequest {
  release = (): void => undefined;
  readonly begun: Promise<void>;
  private begin = (): void => undefined;
  private calls = 0;

  constructor() {
    this.begun = new Promise((resolve) => (this.begin = resolve));
  }

  readonly handler: RequestHandler = async () => {
    if (this.calls++ === 0) {
      this.begin();
      await new Promise<void>((resolve) => (this.release = resolve));
    }
    return { answered: true };
  };
}
