import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startFeed, type Feed } from '../../projections/feed/start-feed.js';
import {
  FEED_STREAM,
  JetStreamFeed,
  LEDGER_HEADER,
  POSITION_HEADER,
} from '../../shared/adapters/nats/jetstream-feed.js';
import { stateAfter } from '../../shared/core/application/stored-event.js';
import {
  CorruptStoreError,
  InvalidSettingError,
  UnavailableError,
} from '../../shared/core/contracts/errors.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { FeedMessage, FeedOutlet, FeedPlace } from '../../shared/core/ports/feed.js';
import { silentLogger } from '../support/command-side.js';
import { FakeLedger } from '../support/fake-ledger.js';
import { NatsServer } from '../support/nats-server.js';
import { until, withNatsServer } from '../support/nats.js';
import { recordedLives } from '../support/recorded-life.js';

const clock = { nowMs: () => Date.now() };

withNatsServer('the feed on JetStream', () => {
  let server: NatsServer;
  let plain: NatsConnection;
  let ledger: FakeLedger;
  let feeds: Feed[];
  let outlets: JetStreamFeed[];

  beforeEach(async () => {
    server = await NatsServer.start();
    plain = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    ledger = new FakeLedger();
    [feeds, outlets] = [[], []];
  });

  afterEach(async () => {
    for (const feed of feeds) await feed.stop();
    for (const outlet of outlets) await outlet.close();
    await plain.close();
    await server.dispose();
  });

  const outlet = async (): Promise<JetStreamFeed> => {
    const opened = await JetStreamFeed.open({ url: server.url }, silentLogger);
    outlets.push(opened);
    return opened;
  };
  const feed = (to: FeedOutlet): Feed => {
    const started = startFeed({ store: ledger, outlet: to, clock, logger: silentLogger });
    feeds.push(started);
    return started;
  };
  const fed = async (): Promise<{ subject: string; position: string; body: any }[]> => {
    const manager = await jetstreamManager(plain);
    const { state } = await manager.streams.info(FEED_STREAM);
    const messages = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await manager.streams.getMessage(FEED_STREAM, { seq });
      const { subject, header } = message as NonNullable<typeof message>;
      messages.push({ subject, position: header.get(POSITION_HEADER), body: message?.json<any>() });
    }
    return messages;
  };
  const fill = (events: readonly RecordedEvent[]): void => events.forEach((event) => ledger.take(event));
  const positions = async (): Promise<string[]> => (await fed()).map(({ position }) => position);
  const caughtUp = (one: Feed): Promise<void> =>
    until(() => one.status().position === ledger.events.at(-1)?.position);

  it('feeds every event in the order of the ledger, as CloudEvents on a subject of its task', async () => {
    const events = await recordedLives(40);
    const heard: string[] = [];
    plain.subscribe('tasks.events.*.3.cancelled', { callback: (_, { subject }) => void heard.push(subject) });
    await plain.flush();
    fill(events.slice(0, 100));
    const one = feed(await outlet());
    await caughtUp(one);
    fill(events.slice(100));
    await caughtUp(one);
    const messages = await fed();
    expect(messages.map(({ position }) => position)).toEqual(events.map(({ position }) => position));
    expect(messages.map(({ body }) => body.id)).toEqual(events.map(({ id }) => id));
    expect(messages[0]?.subject).toBe('tasks.events.1.1.created');
    const progressed = events.findIndex(({ stream, revision }) => stream === 'task-2' && revision === 2);
    const after = stateAfter(events[progressed] as RecordedEvent);
    expect(messages[progressed]).toEqual({
      subject: 'tasks.events.2.2.progressed',
      position: events[progressed]?.position,
      body: {
        specversion: '1.0',
        id: events[progressed]?.id,
        source: 'taskledger:ledger',
        type: 'task.progressed',
        subject: '2',
        time: '2025-03-12T10:00:00.000Z',
        datacontenttype: 'application/json',
        sequence: events[progressed]?.position,
        revision: 2,
        recordedat: '2025-03-12T10:00:00.000Z',
        publisher: '/test/pipeline',
        publisherid: events[progressed]?.metadata['event_id'],
        correlationid: events[progressed]?.metadata['event_id'],
        causationid: events[progressed]?.metadata['event_id'],
        principal: 'anonymous',
        authenticatedby: 'none',
        data: { progress: 7, message: 'seven', after },
      },
    });
    await until(() => heard.length > 0);
    expect(heard).toEqual(['tasks.events.3.3.cancelled']);
    expect(one.status()).toMatchObject({ lagMs: 0, caughtUp: true, parkedStreams: 0 });
  });

  it('goes on where it was stopped, without a double or a gap', async () => {
    const events = await recordedLives(10);
    for (let end = 5; end <= events.length; end += 15) {
      fill(events.slice(ledger.events.length, end));
      const one = feed(await outlet());
      await caughtUp(one);
      await one.stop();
    }
    expect(await positions()).toEqual(ledger.events.map(({ position }) => position));
  });

  it('neither doubles nor reorders with three feeds at once', async () => {
    const events = await recordedLives(100);
    const all = [feed(await outlet()), feed(await outlet()), feed(await outlet())];
    for (let at = 0; at < events.length; at += 50) {
      fill(events.slice(at, at + 50));
      await Promise.race(all.map(caughtUp));
    }
    await Promise.all(all.map(caughtUp));
    expect(await positions()).toEqual(events.map(({ position }) => position));
  });

  it('neither doubles nor loses what was under way when it was cut off or the server was killed', async () => {
    const events = await recordedLives(200);
    fill(events);
    const first = new CutOff(await outlet(), 300);
    const one = feed(first);
    await until(() => first.cut);
    await one.stop();
    const second = feed(await outlet());
    await until(() => (second.status().position ?? '') > '');
    await server.kill();
    await server.run();
    await caughtUp(second);
    expect(await positions()).toEqual(events.map(({ position }) => position));
  });

  it('looks past the messages of others at the end of the stream', async () => {
    const events = await recordedLives(2);
    fill(events.slice(0, 5));
    const one = feed(await outlet());
    await caughtUp(one);
    const foreign = await jetstream(plain).publish('tasks.events.mine', 'hello');
    await (await jetstreamManager(plain)).streams.deleteMessage(FEED_STREAM, foreign.seq);
    await jetstream(plain).publish('tasks.events.mine', 'hello again');
    fill(events.slice(5));
    await caughtUp(one);
    const ours = (await fedOver()).filter((position) => position !== '');
    expect(ours).toEqual(events.map(({ position }) => position));
  });

  const fedOver = async (): Promise<string[]> => {
    const manager = await jetstreamManager(plain);
    const { state } = await manager.streams.info(FEED_STREAM);
    const found: string[] = [];
    for (let seq = 1; seq <= state.last_seq; seq++) {
      const message = await manager.streams.getMessage(FEED_STREAM, { seq }).catch(() => null);
      if (message !== null) found.push(message.header.get(POSITION_HEADER));
    }
    return found;
  };

  it('feeds what it can not read as unreadable, and goes on', async () => {
    const events = await recordedLives(1);
    const [good, odd, last] = events as [RecordedEvent, RecordedEvent, RecordedEvent];
    fill([good, { ...odd, type: 'TaskTeleported' }, last]);
    const one = feed(await outlet());
    await caughtUp(one);
    const messages = await fed();
    expect(messages.map(({ body }) => body.type)).toEqual([
      'task.created',
      'task.unreadable',
      'task.progressed',
    ]);
    expect(messages[1]).toMatchObject({
      subject: 'tasks.events.unknown.1.unreadable',
      position: odd.position,
      body: { subject: '1', data: { reason: expect.stringContaining('TaskTeleported') } },
    });
    expect(one.status().parkedStreams).toBe(1);
  });

  describe('over another ledger', () => {
    const ids = ['7d0b6d8e-0000-4000-8000-000000000001', '7d0b6d8e-0000-4000-8000-000000000002'];
    let events: RecordedEvent[];
    beforeEach(async () => {
      events = await recordedLives(2);
      ledger.id = ids[0];
      fill(events.slice(0, 6));
      const one = feed(await outlet());
      await caughtUp(one);
      await one.stop();
    });
    const standsStill = async (): Promise<string> => {
      const one = feed(await outlet());
      await until(() => one.status().lastError !== undefined);
      await one.stop();
      return one.status().lastError ?? '';
    };

    it('says with each message which ledger it is of, and goes on where that is the same', async () => {
      fill(events.slice(6));
      await caughtUp(feed(await outlet()));
      expect(await positions()).toEqual(events.map(({ position }) => position));
      const manager = await jetstreamManager(plain);
      for (let seq = 1; seq <= events.length; seq++) {
        const message = await manager.streams.getMessage(FEED_STREAM, { seq });
        expect(message?.header.get(LEDGER_HEADER)).toBe(ids[0]);
      }
    });

    it('is not gone on with, and both are named', async () => {
      ledger.id = ids[1];
      fill(events.slice(6));
      expect(await standsStill()).toContain(
        `What was fed is of the ledger ${ids[0]}, and this one is ${ids[1]}.`,
      );
      expect(await positions()).toHaveLength(6);
      await (await jetstreamManager(plain)).streams.delete(FEED_STREAM);
      await caughtUp(feed(await outlet()));
      expect(await positions()).toEqual(events.map(({ position }) => position));
    });

    it('is told from an older copy, and from one that has gone on by itself', async () => {
      const last = ledger.events.splice(5)[0] as RecordedEvent;
      const lacks = `Event ${last.id} of task 2 at position ${last.position} was fed, which this ledger ${ids[0]} does not have`;
      expect(await standsStill()).toContain(lacks);
      fill([{ ...last, id: 'another' }, ...events.slice(6)]);
      expect(await standsStill()).toContain(lacks);
      expect(await positions()).toHaveLength(6);
    });
  });

  describe('the outlet', () => {
    const message = (position: string): FeedMessage => ({
      subject: 'tasks.events.1.1.x',
      position,
      body: '{}',
    });

    it('takes a message only after the one it is to follow', async () => {
      const to = await outlet();
      expect(await to.last()).toEqual({ position: undefined, sequence: 0 });
      expect(await to.publish(message('01'), { afterSequence: 0 })).toBe('published');
      expect(await to.publish(message('01'), { afterSequence: 0 })).toBe('overtaken');
      expect(await to.publish(message('03'), { afterSequence: 2 })).toBe('overtaken');
      expect(await to.publish(message('02'), { afterSequence: 1 })).toBe('published');
      expect(await to.last()).toEqual({ position: '02', sequence: 2, body: '{}' });
    });

    it('keeps the order of what is handed over at once, and refuses all after a gap', async () => {
      const to = await outlet();
      await to.last();
      const numbers = Array.from({ length: 500 }, (_, number) => number);
      const outcomes = await Promise.all(
        numbers.map((number) =>
          to.publish(message(String(number).padStart(4, '0')), { afterSequence: number }),
        ),
      );
      expect(new Set(outcomes)).toEqual(new Set(['published']));
      expect(await to.last()).toMatchObject({ position: '0499', sequence: 500 });
      const gap = await Promise.all([
        to.publish(message('a'), { afterSequence: 501 }),
        to.publish(message('b'), { afterSequence: 502 }),
      ]);
      expect(gap).toEqual(['overtaken', 'overtaken']);
    });

    it('refuses what is to follow a message whose place somebody else has taken', async () => {
      const to = await outlet();
      await to.last();
      await jetstream(plain).publish('tasks.events.mine', 'hello');
      const outcomes = await Promise.all([
        to.publish(message('01'), { afterSequence: 0 }),
        to.publish(message('02'), { afterSequence: 1, afterPosition: '01' }),
      ]);
      expect(outcomes).toEqual(['overtaken', 'overtaken']);
    });

    it('says that it can not go on when its last message is gone', async () => {
      const to = await outlet();
      await to.last();
      await to.publish(message('01'), { afterSequence: 0 });
      await (await jetstreamManager(plain)).streams.purge(FEED_STREAM);
      await expect(to.last()).rejects.toThrow(CorruptStoreError);
    });

    it('never alters a stream that is there, and refuses one of another kind', async () => {
      const manager = await jetstreamManager(plain);
      const made = { name: FEED_STREAM, subjects: ['tasks.events.>', 'more.>'], max_msgs: 77 };
      const before = (await manager.streams.add(made)).config;
      const to = await outlet();
      await to.last();
      expect((await manager.streams.info(FEED_STREAM)).config).toEqual(before);
      await manager.streams.delete(FEED_STREAM);
      await manager.streams.add({ ...made, retention: 'workqueue' });
      await expect(to.last()).rejects.toThrow(InvalidSettingError);
    });

    it('is unavailable while the server is away or once it was closed', async () => {
      const to = await outlet();
      await to.last();
      await server.kill();
      await expect(to.publish(message('01'), { afterSequence: 0 })).rejects.toThrow(UnavailableError);
      await expect(to.last()).rejects.toThrow(UnavailableError);
      await Promise.all([to.close(), to.close()]);
      await expect(to.last()).rejects.toThrow(UnavailableError);
    });
  });
});

/** An outlet that is cut off after so many messages: what is published later gets no answer, as when its process dies. */
class CutOff implements FeedOutlet {
  cut = false;

  constructor(
    private readonly to: FeedOutlet,
    private left: number,
  ) {}

  last(): ReturnType<FeedOutlet['last']> {
    return this.to.last();
  }

  async publish(message: FeedMessage, place: FeedPlace): Promise<'published' | 'overtaken'> {
    if (--this.left < 0) {
      this.cut = true;
      throw new UnavailableError('Cut off');
    }
    return this.to.publish(message, place);
  }

  close(): Promise<void> {
    return this.to.close();
  }
}
