import { MessageChannel } from 'node:worker_threads';
import { ThreadBus } from '../../shared/adapters/embedded/thread-bus.js';
import { silentLogger } from '../support/command-side.js';
import { exerciseWhoAsks } from '../support/exercise-who-asks.js';

exerciseWhoAsks('between threads', async () => {
  const { port1, port2 } = new MessageChannel();
  return {
    asking: new ThreadBus(port1, silentLogger),
    answering: new ThreadBus(port2, silentLogger),
    dispose: async () => undefined,
  };
});
