import { InProcessBus } from '../../shared/adapters/embedded/in-process-bus.js';
import { exerciseMessageBus } from '../support/exercise-message-bus.js';

exerciseMessageBus('in process', async () => {
  const bus = new InProcessBus();
  return { asking: bus, answering: bus, dispose: async () => undefined };
});
