import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { NatsBus } from '../../shared/adapters/nats/nats-bus.js';
import { ANONYMOUS_CALLER } from '../../shared/core/contracts/caller.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import { silentLogger } from '../support/command-side.js';
import { Ear } from '../support/exercise-broadcast.js';
import { NatsServer } from '../support/nats-server.js';
import { until, withNatsServer } from '../support/nats.js';

withNatsServer('what is told over NATS', () => {
  let server: NatsServer;
  let bus: NatsBus;
  let ear: Ear;

  beforeEach(async () => {
    server = await NatsServer.start();
    bus = await NatsBus.open({ url: server.url }, silentLogger);
    ear = new Ear();
  });

  afterEach(async () => {
    await bus.close();
    await server.dispose();
  });

  it('is heard again after an outage, and that something may have been missed', async () => {
    const listening = await bus.listen('word', ear);
    bus.tell('word', { before: true }, ANONYMOUS_CALLER);
    await ear.hears(1);
    await server.kill();
    await until(() => ear.misses === 1);
    expect(listening.hears()).toBe(false);
    expect(() => bus.tell('word', {}, ANONYMOUS_CALLER)).toThrow(UnavailableError);
    await expect(listening.upToDate()).rejects.toThrow(UnavailableError);
    await server.run();
    await until(() => listening.hears());
    await listening.upToDate();
    bus.tell('word', { after: true }, ANONYMOUS_CALLER);
    await ear.hears(2);
    expect(ear.words).toEqual([{ before: true }, { after: true }]);
  });

  it('is not taken for heard while the server says nothing', async () => {
    const listening = await bus.listen('word', ear);
    server.freeze();
    await expect(listening.upToDate()).rejects.toThrow('NATS is silent');
    server.thaw();
    await listening.upToDate();
  });

  it('is said to be unreadable where it is, and the next is heard', async () => {
    const listening = await bus.listen('word', ear);
    const plain = await connect({ servers: server.url });
    for (const body of ['{', '{"a":1,"a":2}', '{"well":true}']) plain.publish('word', body);
    await plain.flush();
    await ear.hears(1);
    await listening.upToDate();
    expect(ear.words).toEqual([{ well: true }]);
    expect(ear.faults).toEqual([
      expect.stringContaining('Malformed JSON'),
      expect.stringContaining('duplicate'),
    ]);
    await plain.close();
  });
});
