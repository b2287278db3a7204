import { NatsBus } from '../../shared/adapters/nats/nats-bus.js';
import { silentLogger } from '../support/command-side.js';
import { exerciseWhoAsks } from '../support/exercise-who-asks.js';
import { onNats } from '../support/nats.js';

onNats((currentUrl) => {
  exerciseWhoAsks('NATS', async () => {
    const [asking, answering] = await Promise.all([
      NatsBus.open({ url: currentUrl() }, silentLogger),
      NatsBus.open({ url: currentUrl() }, silentLogger),
    ]);
    return { asking, answering, dispose: async () => undefined };
  });
});
