import { NatsBus } from '../../shared/adapters/nats/nats-bus.js';
import { silentLogger } from '../support/command-side.js';
import { exerciseBroadcast } from '../support/exercise-broadcast.js';
import { exerciseMessageBus } from '../support/exercise-message-bus.js';
import { onNats } from '../support/nats.js';

onNats((currentUrl) => {
  const open = (): Promise<NatsBus> => NatsBus.open({ url: currentUrl() }, silentLogger);
  exerciseMessageBus('NATS', async () => {
    const [asking, answering] = await Promise.all([open(), open()]);
    return { asking, answering, dispose: async () => undefined };
  });
  exerciseBroadcast('NATS', async () => ({ one: await open(), other: await open() }));
});
