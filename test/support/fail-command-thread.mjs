import { BroadcastChannel, isMainThread } from 'node:worker_threads';

/**
 * Loaded before the program (`NODE_OPTIONS=--import …`), in each of its threads: on SIGUSR2 the command thread throws where
 * nobody catches it; on SIGWINCH it ends as if it had no more to do.
 */
const channel = new BroadcastChannel('test');
channel.unref();
if (isMainThread) {
  process.on('SIGUSR2', () => channel.postMessage('throw'));
  process.on('SIGWINCH', () => channel.postMessage('end'));
} else {
  channel.onmessage = ({ data }) => {
    if (data === 'end') process.exit(0);
    throw new Error('Nobody has foreseen this');
  };
}
