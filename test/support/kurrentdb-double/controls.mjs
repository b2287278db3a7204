import { once } from 'node:events';
import { stallSubscriptions } from './subscription.mjs';

/**
 * Carries out what the process that started this one tells it to: `{id, name, args}` over the channel between the two, each
 * answered by its id, with what comes of it, when it is done.
 */
export function takeControls(log, rules, counts) {
  const controls = {
    holdCommits: (held) => log.holdCommits(held),
    async untilDropped(appends) {
      while (log.dropped < appends) await once(log, 'dropped');
    },
    limitAppends: (bytesMax) => {
      rules.appendBytesMax = bytesMax;
    },
    deny: (...rights) => rules.deny(...rights),
    tombstone: (stream) => rules.tombstone(stream),
    cutStream: (stream, firstRevision) => log.cut(stream, firstRevision),
    leaveUnanswered: (stream) => rules.leaveUnanswered(stream),
    stallSubscriptions,
    counts: () => counts,
  };
  process.on('message', async ({ id, name, args }) => {
    process.send({ id, result: await controls[name](...args) });
  });
}
