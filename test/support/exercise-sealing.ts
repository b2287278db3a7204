import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSealer, type Sealer } from '../../projections/sealing/start-sealer.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import type { SealKeys } from '../../shared/core/application/seals/key-file.js';
import { successionNote } from '../../shared/core/application/seals/key-succession.js';
import { lastSealEvent, SealRecorder } from '../../shared/core/application/seals/seal-recorder.js';
import { isLeaf } from '../../shared/core/application/seals/seal-leaf.js';
import { verifySeals } from '../../shared/core/application/seals/verify-seals.js';
import { SEALS_STREAM } from '../../shared/core/application/streams.js';
import { verifyLedger } from '../../shared/core/application/verify-ledger.js';
import { originOf, parseCheckpoint } from '../../shared/core/contracts/checkpoint.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { NoteSigner } from '../../shared/core/contracts/note-keys.js';
import { parseNote } from '../../shared/core/contracts/signed-note.js';
import type { EventStore, SubscribeOptions } from '../../shared/core/ports/event-store.js';
import type { MessageBus, RequestContext } from '../../shared/core/ports/message-bus.js';
import type { SealOutlet } from '../../shared/core/ports/seal-outlet.js';
import { CommandSide, created, silentLogger } from './command-side.js';
import { appendTo, numberedEvents, uniqueName } from './event-store-fixtures.js';
import { signerOf } from './sealed-ledger.js';
import { untilTrue } from './until-true.js';

const crypto = new NodeCrypto();
const clock = { nowMs: () => Date.now() };
const INTERVAL_MS = 20;

/** A place outside in memory, that fails when a test says so. */
class Shelf implements SealOutlet {
  readonly name = 'the shelf';
  readonly notes: string[] = [];
  isFull = false;

  async last(): Promise<string | undefined> {
    return this.notes.at(-1);
  }

  async leave(note: string): Promise<void> {
    if (this.isFull) throw new Error('There is no room');
    if (this.notes.at(-1) !== note) this.notes.push(note);
  }
}

/** That a ledger on an engine is sealed. @param open A store on the same data each time, with an identity. */
export function exerciseSealing(
  engine: string,
  makeEngine: () => Promise<{ open: () => Promise<EventStore>; dispose: () => Promise<void> }>,
): void {
  describe(`sealing on ${engine}`, () => {
    let dispose: () => Promise<void>;
    let store: EventStore;
    let side: CommandSide;
    let shelf: Shelf;
    let sealers: Sealer[];
    let subscribed: SubscribeOptions[];
    let asked: (request: unknown) => Promise<unknown>;

    beforeEach(async () => {
      const made = await makeEngine();
      dispose = made.dispose;
      store = await made.open();
      side = new CommandSide(store);
      shelf = new Shelf();
      sealers = [];
      subscribed = [];
      const recorder = new SealRecorder({ store, clock, crypto });
      asked = (request) => recorder.record(request, context);
    });
    afterEach(async () => {
      await Promise.all(sealers.map((sealer) => sealer.stop()));
      await store.close();
      await dispose();
    });

    const context = { rights: ['publish'] } as unknown as RequestContext;
    const bus = { request: (_: string, request: unknown) => asked(request) } as Pick<MessageBus, 'request'>;
    const seal = (keys: SealKeys = keysOf(signerOf(1))): Sealer => {
      const watched = watching(store, subscribed);
      const sealer = startSealer({
        store: watched,
        bus,
        keys,
        outlets: [shelf],
        crypto,
        clock,
        logger: silentLogger,
        intervalMs: INTERVAL_MS,
      });
      sealers.push(sealer);
      return sealer;
    };
    const create = async (count: number): Promise<void> => {
      await side.ingest(...Array.from({ length: count }, () => created()));
    };
    /** How many events there are up to the last one that is no seal. */
    const newsCount = async (): Promise<number> => {
      let [count, news] = [0, 0];
      for await (const event of store.readAll()) {
        if (!isLeaf(event)) continue;
        count++;
        if (event.stream !== SEALS_STREAM) news = count;
      }
      return news;
    };
    const verified = async (signers: NoteSigner[] = [signerOf(1)]) => {
      const faults: string[] = [];
      const onFault = (fault: string): void => void faults.push(fault);
      const origin = originOf((await store.identity()) as string);
      const kept = shelf.notes.map((note) => ({ note, size: sizeOf(note) }));
      const trust = { keys: signers, origin, kept };
      await verifyLedger({ store, crypto, onFault });
      const upToPosition = await store.lastPosition();
      return { faults, ...(await verifySeals({ store, crypto, trust, upToPosition, onFault })) };
    };
    /** Waits until all that was written up to now is sealed and left outside. */
    const allSealed = async (): Promise<void> => {
      const events = await newsCount();
      await untilTrue(() => shelf.notes.some((note) => sizeOf(note) >= events));
    };

    it('seals all events of the ledger, whatever others keep beside it, and no seal alone', async () => {
      await create(3);
      await appendTo(store, uniqueName('of-others'), 'no_stream', numberedEvents('of-others', 5));
      await create(2);
      seal();
      await allSealed();
      await create(1);
      await allSealed();
      const seals = shelf.notes.length;
      await create(1);
      await allSealed();
      expect(shelf.notes).toHaveLength(seals + 1);
      expect(await verified()).toMatchObject({ faults: [], seals: seals + 1 });
    });

    it('goes on from the last seal after a restart, without reading what it covers', async () => {
      await create(5);
      const first = seal();
      await allSealed();
      await first.stop();
      await create(5);
      const again = seal();
      await allSealed();
      expect(subscribed[0]).not.toHaveProperty('afterPosition');
      const last = await lastSealEvent(store);
      expect(subscribed[1]).toHaveProperty('afterPosition');
      expect(last?.revision).toBe(1);
      expect(again.status().sealedEvents).toBe(sizeOf(shelf.notes.at(-1) as string));
      expect((await verified()).faults).toEqual([]);
    });

    it('is never forked by two that seal at once', async () => {
      seal();
      seal();
      for (let round = 0; round < 8; round++) {
        await create(2);
        await allSealed();
      }
      const { faults, seals } = await verified();
      expect(faults).toEqual([]);
      expect(seals).toBeGreaterThanOrEqual(8);
    });

    it('begins anew where it is not known whether a seal is on record', async () => {
      const honest = asked;
      let failures = 0;
      asked = async (request) => {
        const reply = await honest(request);
        if (++failures <= 3) throw new UnavailableError('The answer was lost');
        return reply;
      };
      seal();
      for (let round = 0; round < 5; round++) {
        await create(1);
        await allSealed();
      }
      expect(failures).toBeGreaterThan(3);
      expect((await verified()).faults).toEqual([]);
    });

    it('has the last seal left outside again after a restart, when it was not', async () => {
      shelf.isFull = true;
      await create(1);
      const sealer = seal();
      await untilTrue(() => sealer.status().sealedEvents > 0);
      await sealer.stop();
      shelf.isFull = false;
      seal();
      await untilTrue(() => shelf.notes.length > 0);
      expect((await verified()).faults).toEqual([]);
    });

    it('does not seal a ledger from before a seal that is known outside', async () => {
      await create(2);
      const sealer = seal();
      await allSealed();
      await sealer.stop();
      const [note] = shelf.notes as [string];
      const { text } = parseNote(note) as { text: string };
      const [origin, size] = text.split('\n') as [string, string];
      const root = crypto.digest('another history');
      shelf.notes.push(forged(origin, Number(size) + 10, root));
      await create(1);
      const refused = seal();
      await untilTrue(() => refused.status().lastError !== undefined);
      expect(refused.status().lastError).toMatch(/an older copy of it/);
      expect((await lastSealEvent(store))?.revision).toBe(0);
    });

    it('has it on record when a key takes the place of another, and vouches for it', async () => {
      const [old, next] = [signerOf(1), signerOf(2)];
      await create(1);
      const sealer = seal(keysOf(old));
      await allSealed();
      await sealer.stop();
      await create(1);
      seal({ signer: next, successions: [{ note: successionNote(old, next, crypto), from: old }] });
      await allSealed();
      expect((await verified([old])).faults).toEqual([]);
      expect((await verified([next])).faults).not.toEqual([]);
      const types: string[] = [];
      for await (const { type } of store.readStream(SEALS_STREAM)) types.push(type);
      expect(types).toEqual(['LedgerSealed', 'SealKeySucceeded', 'LedgerSealed']);
    });

    it('reads all of the ledger anew by a key that nobody vouches for, and that is told', async () => {
      await create(1);
      const sealer = seal(keysOf(signerOf(1)));
      await allSealed();
      await sealer.stop();
      shelf.notes.length = 0;
      await create(1);
      seal(keysOf(signerOf(3)));
      await untilTrue(() => shelf.notes.length > 0);
      expect(subscribed.at(-1)).not.toHaveProperty('afterPosition');
      // Both the one in the ledger and the one that was kept.
      const unknown = expect.stringMatching(/not by a key that is trusted/);
      expect((await verified([signerOf(1)])).faults).toEqual([unknown, unknown]);
      expect((await verified([signerOf(1), signerOf(3)])).faults).toEqual([]);
    });
  });
}

function forged(origin: string, size: number, root: Uint8Array): string {
  const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
  const { name, id, seed } = signerOf(1);
  const signature = Buffer.concat([Buffer.from(id, 'hex'), crypto.sign(seed, text)]);
  return `${text}\n— ${name} ${signature.toString('base64')}\n`;
}

function keysOf(signer: NoteSigner): SealKeys {
  return { signer, successions: [] };
}

function sizeOf(note: string): number {
  return (parseCheckpoint(parseNote(note)?.text ?? '') as { size: number }).size;
}

/** The store, with an account of what was subscribed to. */
function watching(store: EventStore, subscribed: SubscribeOptions[]): EventStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'subscribe') {
        return (options: SubscribeOptions, signal: AbortSignal) => {
          subscribed.push(options);
          return target.subscribe(options, signal);
        };
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
