import { parentPort, workerData } from 'node:worker_threads';

/** What a thread in the place of the command thread does, as `settings` says. */
switch (workerData.settings) {
  case 'refuse':
    parentPort.once('message', () => process.exit(0));
    parentPort.postMessage({ kind: 'failed', code: 'corrupt_store', message: 'The folder is damaged' });
    break;
  case 'refuse without a code':
    parentPort.once('message', () => process.exit(0));
    parentPort.postMessage({ kind: 'failed', code: undefined, message: 'x is not a function' });
    break;
  case 'throw at once':
    throw new Error('Could not be loaded');
  case 'wait to be stopped':
    parentPort.once('message', () => process.exit(0));
    break;
  case 'stop badly':
    parentPort.once('message', () => process.exit(1));
    parentPort.postMessage({ kind: 'started' });
    break;
  case 'throw later':
    parentPort.postMessage({ kind: 'started' });
    setImmediate(() => {
      throw new Error('Nobody has foreseen this');
    });
    break;
  default:
    parentPort.once('message', () => process.exit(0));
    parentPort.postMessage({ kind: 'started' });
}
