import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ANONYMOUS_CALLER, type Caller } from '../../shared/core/contracts/caller.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import { REPORT_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { Broadcast, Listener, Listening } from '../../shared/core/ports/broadcast.js';
import type { MessageBus } from '../../shared/core/ports/message-bus.js';

/** Two ends of one bus: as two processes or two threads have it. */
export interface BroadcastHarness {
  one: Broadcast & MessageBus;
  other: Broadcast & MessageBus;
}

let names = 0;

/** The contract of `Broadcast`, whole, for any adapter. */
export function exerciseBroadcast(name: string, makeHarness: () => Promise<BroadcastHarness>): void {
  describe(`Broadcast contract: ${name}`, () => {
    let one: BroadcastHarness['one'];
    let other: BroadcastHarness['other'];
    let subject: string;

    beforeEach(async () => {
      ({ one, other } = await makeHarness());
      subject = `test.broadcast.${process.pid}.${++names}`;
    });

    afterEach(async () => {
      await one.close();
      await other.close();
    });

    it('is heard by everybody who listens, at either end, each once and in order', async () => {
      const ears = [new Ear(), new Ear(), new Ear()];
      const listening = [
        await one.listen(subject, ears[0] as Ear),
        await one.listen(subject, ears[1] as Ear),
        await other.listen(subject, ears[2] as Ear),
      ];
      const told = Array.from({ length: 20 }, (_, number) => ({ number, text: 'é😀' }));
      for (const word of told) one.tell(subject, word, ANONYMOUS_CALLER);
      await (ears[2] as Ear).hears(20);
      await upToDate(listening);
      for (const ear of ears) expect(ear.words).toEqual(told);
    });

    it('is heard at the end where nobody has told it', async () => {
      const ear = new Ear();
      await other.listen(subject, ear);
      one.tell(subject, { from: 'one' }, ANONYMOUS_CALLER);
      await ear.hears(1);
      other.tell(subject, { from: 'other' }, ANONYMOUS_CALLER);
      await ear.hears(2);
      expect(ear.words).toEqual([{ from: 'one' }, { from: 'other' }]);
    });

    it('keeps subjects apart, and is lost where nobody listens', async () => {
      const ear = new Ear();
      one.tell(subject, { early: true }, ANONYMOUS_CALLER);
      const listening = await one.listen(subject, ear);
      one.tell(`${subject}.more`, { elsewhere: true }, ANONYMOUS_CALLER);
      one.tell(subject, { here: true }, ANONYMOUS_CALLER);
      await listening.upToDate();
      expect(ear.words).toEqual([{ here: true }]);
    });

    it('says who tells it, as far as that is believed on the subject', async () => {
      const said: Caller = { principal: 'Ána', authenticatedBy: 'token', rights: ['publish', 'cancel'] };
      const ear = new Ear();
      const listening = [await one.listen(subject, ear), await one.listen(REPORT_SUBJECT, ear)];
      one.tell(subject, {}, said);
      one.tell(REPORT_SUBJECT, {}, said);
      await upToDate(listening);
      expect(ear.callers).toEqual([
        { ...said, authenticatedBy: 'none' },
        { ...said, authenticatedBy: 'none', rights: ['publish'] },
      ]);
    });

    it('reaches the others although one who listens fails', async () => {
      const failing = new Ear();
      failing.heard = () => {
        throw new Error('deaf');
      };
      const ear = new Ear();
      const listening = [await one.listen(subject, failing), await one.listen(subject, ear)];
      one.tell(subject, {}, ANONYMOUS_CALLER);
      await upToDate(listening);
      expect(ear.words).toHaveLength(1);
    });

    it('is heard no longer by who has stopped', async () => {
      const [ear, stopped] = [new Ear(), new Ear()];
      const first = await one.listen(subject, stopped);
      const second = await one.listen(subject, ear);
      expect(first.hears()).toBe(true);
      await first.stop();
      await first.stop();
      one.tell(subject, {}, ANONYMOUS_CALLER);
      await second.upToDate();
      await second.stop();
      one.tell(subject, {}, ANONYMOUS_CALLER);
      expect([ear.words, stopped.words]).toEqual([[{}], []]);
    });

    it('can not be told, and is not heard, once the bus is closed', async () => {
      const listening = await one.listen(subject, new Ear());
      await one.close();
      expect(listening.hears()).toBe(false);
      expect(() => one.tell(subject, {}, ANONYMOUS_CALLER)).toThrow(UnavailableError);
      await expect(one.listen(subject, new Ear())).rejects.toThrow(UnavailableError);
    });
  });
}

async function upToDate(listening: readonly Listening[]): Promise<void> {
  for (const one of listening) await one.upToDate();
}

/** Keeps all that it hears. */
export class Ear implements Listener {
  readonly words: unknown[] = [];
  readonly callers: Caller[] = [];
  readonly faults: string[] = [];
  misses = 0;
  private waiting: (() => void) | undefined;

  heard(data: unknown, caller: Caller): void {
    this.words.push(data);
    this.callers.push(caller);
    this.waiting?.();
  }

  unreadable(reason: string): void {
    this.faults.push(reason);
    this.waiting?.();
  }

  missed(): void {
    this.misses++;
    this.waiting?.();
  }

  /** Waits until it has heard so much. */
  hears(words: number): Promise<void> {
    return this.until(() => this.words.length >= words);
  }

  /** Waits until something is so, which is looked at each time that it hears something. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.waiting = resolve));
  }
}
