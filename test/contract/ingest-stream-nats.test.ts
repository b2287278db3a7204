import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import {
  INGEST_STREAM,
  JetStreamIngest,
  PARKED_STREAM,
} from '../../shared/adapters/nats/jetstream-ingest.js';
import { InvalidSettingError, UnavailableError } from '../../shared/core/contracts/errors.js';
import { created, lifecycleEvent, silentLogger } from '../support/command-side.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { NatsServer } from '../support/nats-server.js';
import { until, withNatsServer } from '../support/nats.js';
import { startIntake, type IntakeProcess } from '../support/stream-intake.js';

withNatsServer('the ingest stream on JetStream', () => {
  let server: NatsServer;
  let plain: NatsConnection;
  let manager: JetStreamManager;
  let store: MemoryEventStore;
  let processes: IntakeProcess[];

  beforeEach(async () => {
    server = await NatsServer.start();
    plain = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    manager = await jetstreamManager(plain);
    store = new MemoryEventStore();
    processes = [];
  });

  afterEach(async () => {
    for (const one of processes) await one.stop();
    await plain.close();
    await server.dispose();
  });

  const start = async (patience = {}): Promise<IntakeProcess> => {
    const one = await startIntake(server.url, store, { unknownTaskPatienceMs: 0, ...patience });
    processes.push(one);
    return one;
  };
  const working = async (...all: IntakeProcess[]): Promise<void> =>
    until(() => all.some(({ intake }) => intake.status().working));
  const publish = async (...bodies: unknown[]): Promise<void> => {
    await Promise.all(
      bodies.map((body) =>
        jetstream(plain).publish(
          'tasks.publish.test',
          typeof body === 'string' ? body : JSON.stringify(body),
        ),
      ),
    );
  };
  const left = async (): Promise<number> => (await manager.streams.info(INGEST_STREAM)).state.messages;
  const allTaken = async (): Promise<void> => until(async () => (await left()) === 0);
  const parked = async (): Promise<
    Record<'subject' | 'reason' | 'message' | 'body' | 'origin', string>[]
  > => {
    const { state } = await manager.streams.info(PARKED_STREAM);
    const found = [];
    for (let seq = 1; seq <= state.last_seq; seq++) {
      const stored = await manager.streams.getMessage(PARKED_STREAM, { seq });
      const { subject, header, data } = stored as NonNullable<typeof stored>;
      found.push({
        subject,
        reason: header.get('Taskledger-Reason'),
        message: header.get('Taskledger-Message'),
        body: Buffer.from(data).toString('latin1'),
        origin: header.get('Taskledger-Subject'),
      });
    }
    return found;
  };
  /** The types of each task's events, by key. */
  const lives = (): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    for (const { stream, type, data } of store.events) {
      if (!stream.startsWith('task-')) continue;
      const { key } = data['after'] as { key: string };
      found.set(key, [...(found.get(key) ?? []), type]);
    }
    return found;
  };
  const life = (key: string, steps = 5): object[] => [
    created(key),
    lifecycleEvent('started', key),
    ...Array.from({ length: steps }, (_, step) => lifecycleEvent('progressed', key, { progress: step + 1 })),
    lifecycleEvent('completed', key),
  ];
  const lifeTypes = (steps = 5): string[] => [
    'TaskCreated',
    'TaskStarted',
    ...Array.from({ length: steps }, () => 'TaskProgressed'),
    'TaskCompleted',
  ];
  /** The lives of many tasks, interleaved step by step. */
  const interleaved = (tasks: number, steps = 5): object[] => {
    const all = Array.from({ length: tasks }, (_, task) => life(`many/${task}`, steps));
    return Array.from({ length: steps + 3 }, (_, step) => all.map((events) => events[step] as object)).flat();
  };
  const expectWholeLives = (tasks: number, steps = 5): void => {
    expect(lives().size).toBe(tasks);
    for (const types of lives().values()) expect(types).toEqual(lifeTypes(steps));
    const evidence = store.events.filter(({ stream }) => stream.startsWith('taskEvidence-'));
    expect(evidence).toEqual([]);
  };

  it('appends what was left in the stream, events and lists of them, and acknowledges it', async () => {
    const one = await start();
    await working(one);
    await publish(created('one'), [lifecycleEvent('started', 'one'), created('two')]);
    await publish([lifecycleEvent('completed', 'one'), lifecycleEvent('started', 'two')]);
    await allTaken();
    expect(lives()).toEqual(
      new Map([
        ['one', ['TaskCreated', 'TaskStarted', 'TaskCompleted']],
        ['two', ['TaskCreated', 'TaskStarted']],
      ]),
    );
    await until(() => one.intake.status().inFlight === 0);
    expect(one.intake.status()).toMatchObject({ working: true });
  });

  it('appends each task in the order of the stream, and many side by side', async () => {
    let atOnce = 0;
    let atOnceMax = 0;
    store.beforeAppend = async () => {
      atOnceMax = Math.max(atOnceMax, ++atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce--;
    };
    await working(await start());
    await publish(...interleaved(100));
    await allTaken();
    expectWholeLives(100);
    expect(atOnceMax).toBeGreaterThan(10);
  });

  it('keeps the order of a task that is named by its id and by its key', async () => {
    await working(await start());
    await publish(created('both'));
    await allTaken();
    store.beforeAppend = () => new Promise((resolve) => setImmediate(resolve));
    const events = Array.from({ length: 40 }, (_, step) =>
      lifecycleEvent('progressed', step % 3 === 0 ? 1 : 'both', { progress: step + 1 }),
    );
    await publish(...events);
    await allTaken();
    const progress = store
      .stream('task-1')
      .map(({ data }) => (data['after'] as { progress?: number }).progress);
    expect(progress).toEqual([undefined, ...events.map((_, step) => step + 1)]);
    expect(await parked()).toEqual([]);
  });

  it('parks what can never be appended, with its reason and as it came', async () => {
    await working(await start());
    await publish(created('good'));
    await publish('{"half":', [created('also good'), { specversion: '1.0' }]);
    await jetstream(plain).publish('tasks.publish.odd.one', new Uint8Array([0x22, 0xff, 0x22]));
    await publish(lifecycleEvent('started', 'nobody'), lifecycleEvent('started', 99), '[]');
    await allTaken();
    expect([...lives().keys()].sort()).toEqual(['also good', 'good']);
    const found = await parked();
    expect(found.map(({ subject }) => subject).sort()).toEqual([
      'tasks.parked.malformed',
      'tasks.parked.malformed',
      'tasks.parked.malformed',
      'tasks.parked.malformed',
      'tasks.parked.unknown_task',
      'tasks.parked.unknown_task',
    ]);
    const by = (body: string) => found.find((one) => one.body === body);
    expect(by('{"half":')?.message).toContain('Malformed JSON');
    expect(by('{"specversion":"1.0"}')?.message).toContain('id: must be a string');
    expect(by('"\xff"')).toMatchObject({
      origin: 'tasks.publish.odd.one',
      reason: 'invalid_request',
      message: expect.stringContaining('UTF-8'),
    });
    expect(found.filter(({ reason }) => reason === 'task_not_found')).toHaveLength(2);
  });

  it('parks of a list only the events that are wrong, however long it is', async () => {
    await working(await start());
    const keys = Array.from({ length: 1_001 }, (_, at) => `k${at}`);
    const text = JSON.stringify(keys.map((key) => created(key)));
    await publish(text.replace('},{', '},{"id":"wrong","n":9007199254740993},{'));
    await allTaken();
    expect([...lives().keys()].sort()).toEqual(keys.sort());
    expect((await parked()).map(({ subject, reason, body }) => [subject, reason, body])).toEqual([
      ['tasks.parked.malformed', 'invalid_request', '{"id":"wrong","n":9007199254740993}'],
    ]);
  });

  it('is not stopped by headers of any name', async () => {
    await working(await start());
    const sent = headers();
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) sent.append(name, 'x');
    await jetstream(plain).publish('tasks.publish.test', JSON.stringify(created('named')), { headers: sent });
    await allTaken();
    expect([...lives().keys()]).toEqual(['named']);
  });

  it('parks as a whole a message of more items than events can be', async () => {
    await working(await start());
    const body = `[${'0,'.repeat(10_000)}0]`;
    await publish(body, created('after'));
    await allTaken();
    expect([...lives().keys()]).toEqual(['after']);
    expect((await parked()).map((one) => [one.reason, one.body.length])).toEqual([
      ['too_many_events', body.length],
    ]);
  });

  it('parks with what says who has sent it, and goes on after headers that are too many', async () => {
    await working(await start());
    const client = jetstream(plain);
    const said = headers();
    said.set('Taskledger-Principal', 'ana');
    said.set('Taskledger-Rights', 'publish');
    const cancelled = JSON.stringify(lifecycleEvent('cancelled', 'a'));
    await client.publish('tasks.publish.test', cancelled, { headers: said });
    const wrong = headers();
    wrong.set('Taskledger-Rights', 'all');
    await client.publish('tasks.publish.test', cancelled, { headers: wrong });
    const many = headers();
    for (let name = 0; name < 4_000; name++) many.append(`x-${name}`, '1');
    await client.publish('tasks.publish.test', cancelled, { headers: many });
    await publish(created('a'));
    await allTaken();
    const messages = (await parked()).map(({ message }) => message);
    expect(messages).toEqual([
      expect.stringContaining('who may not cancel'),
      expect.stringContaining('Taskledger-Rights must be'),
      expect.stringContaining('The headers have'),
    ]);
    const rights = [];
    for (let seq = 1; seq <= 3; seq++) {
      const { header } = (await manager.streams.getMessage(PARKED_STREAM, { seq })) ?? {};
      rights.push([header?.get('Taskledger-Principal'), header?.values('Taskledger-Rights')]);
    }
    expect(rights).toEqual([
      ['ana', ['publish']],
      ['', ['all']],
      ['', []],
    ]);
    expect(store.stream('task-1').map(({ type }) => type)).toEqual(['TaskCreated']);
  });

  it('parks with its headers what they make no event of', async () => {
    await working(await start());
    const sent = headers();
    for (const [name, value] of Object.entries({ 'ce-id': 'e', 'ce-corr_id': 'x', other: 'y' }))
      sent.set(name, value);
    await jetstream(plain).publish('tasks.publish.test', '{}', { headers: sent });
    await allTaken();
    const [found] = await parked();
    expect(found).toMatchObject({
      body: '{}',
      message: expect.stringContaining('Header ce-corr_id names no'),
    });
    const stored = await manager.streams.getMessage(PARKED_STREAM, { seq: 1 });
    expect(stored?.header.get('ce-id')).toBe('e');
    expect(stored?.header.has('other')).toBe(false);
  });

  it('takes events in binary mode, and keeps which trace a message belongs to', async () => {
    await working(await start());
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const publishWith = async (attributes: Record<string, string>, body: string): Promise<void> => {
      const sent = headers();
      for (const [name, value] of Object.entries(attributes)) sent.set(name, value);
      await jetstream(plain).publish('tasks.publish.test', body, { headers: sent });
    };
    const attributes = { 'ce-specversion': '1.0', 'ce-source': '/p', 'ce-type': 'task.created' };
    const binary = {
      ...attributes,
      'ce-id': 'b1',
      'Ce-Subject': 'K%C3%B6ln',
      'content-type': 'application/json',
    };
    await publishWith(binary, '{"project_id":1,"task_type":"ocr"}');
    const said = { traceparent, 'Taskledger-Principal': 'ana', 'Taskledger-Authenticated-By': 'token' };
    await publishWith(said, JSON.stringify([created('structured')]));
    await publishWith({ ...binary, 'ce-id': 'b2' }, '{"project_id":1e400}');
    await publishWith({ 'Taskledger-Rights': 'all' }, JSON.stringify(created('none')));
    await allTaken();
    expect([...lives().keys()].sort()).toEqual(['Köln', 'structured']);
    const [traced] = store.events.filter(({ data }) => JSON.stringify(data).includes('"structured"'));
    expect(traced?.metadata).toMatchObject({ ce_traceparent: traceparent, principal: 'ana' });
    expect(traced?.metadata.authenticated_by).toBeUndefined();
    const messages = (await parked()).map(({ message }) => message);
    expect(messages).toHaveLength(2);
    expect(messages).toContainEqual(expect.stringMatching(/^data: .*1e400|beyond/));
    expect(messages).toContainEqual(expect.stringContaining('The header Taskledger-Rights must be'));
  });

  it('acknowledges repeats, and what is refused but kept as evidence', async () => {
    await working(await start());
    const [create, complete] = [created('late'), lifecycleEvent('completed', 'late')];
    await publish(
      create,
      complete,
      create,
      complete,
      lifecycleEvent('failed', 'late', { error_message: 'x' }),
    );
    await allTaken();
    expect(lives().get('late')).toEqual(['TaskCreated', 'TaskCompleted']);
    expect(store.stream('taskEvidence-1')).toHaveLength(1);
    expect(await parked()).toEqual([]);
  });

  it('waits a while for a task that another publisher is about to create', async () => {
    const one = await start({ unknownTaskPatienceMs: 60_000 });
    await working(one);
    await publish(lifecycleEvent('started', 'soon'));
    await until(() => one.intake.status().inFlight === 1);
    await publish(created('soon'));
    await allTaken();
    expect(lives().get('soon')).toEqual(['TaskCreated', 'TaskStarted']);
  });

  it('keeps everything while the ledger is away, and appends it in order when it is back', async () => {
    const one = await start();
    await working(one);
    let away = true;
    store.beforeAppend = () => {
      if (away) throw new UnavailableError('The ledger is away');
    };
    await publish(...interleaved(20));
    await until(() => one.intake.status().lastError === 'The ledger is away');
    expect(await left()).toBe(160);
    expect(store.events).toEqual([]);
    away = false;
    await allTaken();
    expectWholeLives(20);
  });

  it('lets the others pass while the events of one task wait', async () => {
    let away = true;
    await working(await start());
    await publish(created('stuck'), created('free'));
    await allTaken();
    store.beforeAppend = ({ stream }) => {
      if (away && stream === 'task-1') throw new UnavailableError('Too many others');
    };
    const [stuck, free] = [life('stuck').slice(1), life('free').slice(1)];
    await publish(...stuck.flatMap((event, at) => [event, free[at] as object]));
    await until(() => lives().get('free')?.length === 8);
    expect(lives().get('stuck')).toEqual(['TaskCreated']);
    away = false;
    await allTaken();
    expectWholeLives(2);
  });

  it('makes room when the record of a task is broken for good', async () => {
    await working(await start({ brokenTaskPatienceMs: 50 }));
    await publish(created('broken'));
    await allTaken();
    store.beforeAppend = ({ stream }) => {
      if (stream === 'task-1') throw new TypeError('Broken');
    };
    await publish(lifecycleEvent('started', 'broken'));
    await allTaken();
    expect(await parked()).toMatchObject([{ subject: 'tasks.parked.broken_task' }]);
  });

  describe('several processes', () => {
    it('works in one of them, and in another when that stops', async () => {
      const [first, second] = [await start(), await start()];
      await working(first, second);
      await publish(...interleaved(10));
      await allTaken();
      const [active, standby] = first.intake.status().working ? [first, second] : [second, first];
      expect(standby.intake.status().working).toBe(false);
      await active.stop();
      await working(standby);
      await publish(...life('after'));
      await allTaken();
      expect(lives().get('after')).toEqual(lifeTypes());
    });

    it('takes over from one that was cut off between appending and acknowledging, in order and each once', async () => {
      const first = await start();
      await working(first);
      const second = await start();
      let cut: Promise<void> | undefined;
      let appended = 0;
      store.afterAppend = ({ stream }) => {
        if (stream.startsWith('task-') && ++appended === 200) cut = first.cut();
      };
      await publish(...interleaved(100));
      await until(() => cut !== undefined);
      await cut;
      // Some were appended and not acknowledged: they come again.
      expect((await left()) + appended).toBeGreaterThan(800);
      await working(second);
      await allTaken();
      expectWholeLives(100);
      expect(await parked()).toEqual([]);
    });

    it('goes on after the server was killed and came back', async () => {
      const both = [await start(), await start()];
      await working(...both);
      await publish(...interleaved(50));
      await server.kill();
      await server.run();
      await until(() =>
        plain.rtt().then(
          () => true,
          () => false,
        ),
      );
      await publish(...life('after'));
      await allTaken();
      expect(lives().size).toBe(51);
      for (const types of lives().values()) expect(types).toEqual(lifeTypes());
    });
  });

  describe('what an operator has set', () => {
    it('is left as it is: streams, and the settings of the consumer over every turn', async () => {
      const made = { name: INGEST_STREAM, subjects: ['tasks.publish.>', 'old.>'], max_msgs: 99 };
      const before = (await manager.streams.add({ ...made, retention: 'workqueue' })).config;
      const first = await start();
      await working(first);
      const [consumer] = await manager.consumers.list(INGEST_STREAM).next();
      await manager.consumers.update(INGEST_STREAM, consumer?.name as string, { max_ack_pending: 7 });
      await first.stop();
      await working(await start());
      const after = await manager.consumers.list(INGEST_STREAM).next();
      expect(after.map(({ config }) => config.max_ack_pending)).toEqual([7]);
      expect(after[0]?.name).not.toBe(consumer?.name);
      expect((await manager.streams.info(INGEST_STREAM)).config).toEqual(before);
    });

    it('is refused where it can not work', async () => {
      const stream = await JetStreamIngest.open({ url: server.url }, silentLogger);
      await manager.streams.add({ name: INGEST_STREAM, subjects: ['tasks.publish.>'] });
      const { signal } = new AbortController();
      await expect(stream.takeLease(signal)).rejects.toThrow(InvalidSettingError);
      await expect(stream.takeLease(signal)).rejects.toThrow('must have retention workqueue, not limits');
      await stream.close();
    });
  });

  it('stops while it stands by, while NATS is away, and twice', async () => {
    const [first, second] = [await start(), await start()];
    await working(first, second);
    await Promise.all([second.stop(), second.stop()]);
    await server.kill();
    await first.stop();
    await first.stop();
    expect(first.intake.status().working).toBe(false);
  });
});
