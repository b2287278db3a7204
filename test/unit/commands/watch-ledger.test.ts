import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { watchLedger } from '../../../services/commands/watch-ledger.js';
import { FakeLedger } from '../../support/fake-ledger.js';
import { untilTrue } from '../../support/until-true.js';

describe('the ledger that a command service watches', () => {
  let store: FakeLedger;
  let lines: string[];
  let replaced: number;
  let watch: { stop(): Promise<void> };
  let looks: number;
  const looked = async (): Promise<void> => {
    const until = looks + 2;
    await untilTrue(() => looks >= until);
  };

  beforeEach(async () => {
    store = new FakeLedger();
    store.id = 'one';
    for (let task = 1; task <= 5; task++) store.add(`task-${task}`);
    [lines, replaced, looks] = [[], 0, 0];
    store.beforeRead = () => void looks++;
    const told = (_: object, message: string): void => void lines.push(message);
    const logger = { debug: () => undefined, info: told, warn: told, error: told };
    watch = watchLedger({ store, logger, replaced: () => replaced++ });
    await looked();
  });
  afterEach(() => watch.stop());

  it('may grow, and be away', async () => {
    store.add('task-1');
    await looked();
    store.beforeRead = () => {
      looks++;
      throw new Error('away');
    };
    await looked();
    expect([replaced, lines]).toEqual([0, []]);
  });

  it('is told from another one, and from an older copy, once each', async () => {
    store.id = 'other';
    await untilTrue(() => replaced === 1);
    await looked();
    expect(lines).toEqual([
      expect.stringMatching(
        /^The ledger was replaced, and .*: it was made from the ledger one, and this one is other$/,
      ),
    ]);
    const last = store.events.splice(3).at(-1);
    await untilTrue(() => replaced === 2);
    await looked();
    expect(lines[1]).toContain(
      `it was made from the ledger other up to position ${last?.position}, and this one ends at`,
    );
    expect(replaced).toBe(2);
  });
});
