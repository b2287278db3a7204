import { JetStreamLeases } from '../../shared/adapters/nats/jetstream-leases.js';
import { NatsLink } from '../../shared/adapters/nats/nats-link.js';
import { silentLogger } from '../support/command-side.js';
import { exerciseLease } from '../support/exercise-lease.js';
import { NatsServer } from '../support/nats-server.js';
import { withNatsServer } from '../support/nats.js';

const TTL_MS = 1_000;

withNatsServer('Leases: JetStream', () => {
  exerciseLease('JetStream', async () => {
    const server = await NatsServer.start();
    const making = { replicas: undefined, logger: silentLogger };
    return {
      ttlMs: TTL_MS,
      open: async () => {
        const link = await NatsLink.open({ url: server.url }, 'leases', silentLogger);
        return { leases: new JetStreamLeases(link, making, TTL_MS), cutOff: () => link.close() };
      },
      cleanUp: () => server.dispose(),
    };
  });
});
