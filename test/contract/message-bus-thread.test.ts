import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ThreadBus } from '../../shared/adapters/embedded/thread-bus.js';
import { InvalidRequestError, UnavailableError } from '../../shared/core/contracts/errors.js';
import { JsonText } from '../../shared/core/contracts/json-text.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import { anonymously, silentLogger } from '../support/command-side.js';
import { exerciseBroadcast } from '../support/exercise-broadcast.js';
import { exerciseMessageBus } from '../support/exercise-message-bus.js';

function bothEnds(logger: Logger = silentLogger) {
  const { port1, port2 } = new MessageChannel();
  return { asking: new ThreadBus(port1, logger), answering: new ThreadBus(port2, logger), port1, port2 };
}

exerciseMessageBus('between threads', async () => ({ ...bothEnds(), dispose: async () => undefined }));

exerciseBroadcast('between threads', async () => {
  const { asking: one, answering: other } = bothEnds();
  return { one, other };
});

describe('the bus between threads', () => {
  let ends: ReturnType<typeof bothEnds>;
  let errors: object[];

  beforeEach(() => {
    errors = [];
    ends = bothEnds({ ...silentLogger, error: (fields) => void errors.push(fields) });
  });

  afterEach(async () => {
    await Promise.all([ends.asking.close(), ends.answering.close()]);
  });

  const ask = (data: object = {}): Promise<unknown> =>
    ends.asking.request('any', data, anonymously(Date.now() + 20_000));

  it('has each end ask what the other answers', async () => {
    await ends.asking.respond('one', async () => ({ by: 'one' }));
    await ends.answering.respond('other', async () => ({ by: 'other' }));
    const context = anonymously();
    expect(await ends.asking.request('other', {}, context)).toEqual({ by: 'other' });
    expect(await ends.answering.request('one', {}, context)).toEqual({ by: 'one' });
  });

  it('is ready while somebody answers at either end', async () => {
    expect([ends.asking.ready(), ends.answering.ready()]).toEqual([false, false]);
    const stop = await ends.answering.respond('any', async () => ({}));
    expect([ends.asking.ready(), ends.answering.ready()]).toEqual([true, true]);
    const closed = once(ends.port1, 'close');
    await stop();
    expect(ends.answering.ready()).toBe(false);
    await ends.answering.close();
    await closed;
    expect(ends.asking.ready()).toBe(false);
  });

  it('gives up what was asked when the other end goes without a word', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await ends.answering.respond('any', () => held);
    const underWay = Promise.allSettled([ask(), ask()]);
    ends.port2.close();
    for (const outcome of await underWay)
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(UnavailableError) });
    await expect(ask()).rejects.toThrow('Nobody answers on any');
    expect(ends.asking.ready()).toBe(false);
    release();
  });

  it('learns that the other end has closed', async () => {
    await ends.answering.respond('any', async () => ({}));
    const closed = once(ends.port1, 'close');
    await ends.answering.close();
    await closed;
    await expect(ask()).rejects.toThrow('Nobody answers on any');
  });

  /** In which turn of the event loop each of 50 requests begins, in the order in which they begin. */
  const turnsOf = async (filler: string): Promise<number[]> => {
    const begun: { number: number; turn: number }[] = [];
    let turn = 0;
    let counting = true;
    const count = (): void => {
      turn++;
      if (counting) setImmediate(count);
    };
    await ends.answering.respond('any', async (data) => {
      begun.push({ number: (data as { number: number }).number, turn });
      return {};
    });
    setImmediate(count);
    await Promise.all(Array.from({ length: 50 }, (_, number) => ask({ number, filler })));
    counting = false;
    expect(begun.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, number) => number));
    return begun.map((one) => one.turn);
  };

  it('begins one large request in a turn of the event loop, in the order sent', async () => {
    const turns = await turnsOf('x'.repeat(4096));
    expect(new Set(turns).size).toBe(50);
  });

  it('begins some small requests in a turn of the event loop, in the order sent', async () => {
    const turns = await turnsOf('x'.repeat(1000));
    for (const turn of turns) expect(turns.filter((other) => other === turn).length).toBeLessThanOrEqual(4);
    expect(new Set(turns).size).toBeLessThan(50);
  });

  it('gives a reply as the text that it is to who asks for that', async () => {
    await ends.answering.respond('any', async (data) => ({ got: data }));
    const options = { ...anonymously(), replyAsText: true };
    expect(await ends.asking.request('any', { a: 1 }, options)).toEqual(new JsonText('{"got":{"a":1}}'));
    await ends.answering.respond('fails', () => Promise.reject(new InvalidRequestError('no')));
    await expect(ends.asking.request('fails', {}, options)).rejects.toThrow(InvalidRequestError);
  });

  it('refuses more than 10,000 requests at once', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await ends.answering.respond('any', () => held);
    const requests = Array.from({ length: 10_000 }, () => ask());
    await expect(ask()).rejects.toThrow('More than 10000 requests are under way');
    release();
    await Promise.all(requests);
    expect(await ask()).toBeNull();
  });

  it('writes down where it happened what nobody has foreseen', async () => {
    const error = new TypeError('x is not a function');
    await ends.answering.respond('any', () => Promise.reject(error));
    await expect(ask()).rejects.toThrow('The request on any failed: The request has failed');
    expect(errors).toEqual([{ event: 'request_failed', err: error, subject: 'any' }]);
  });
});
