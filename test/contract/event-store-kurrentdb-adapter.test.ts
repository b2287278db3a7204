import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import {
  InvalidRequestError,
  InvalidSettingError,
  TooLargeForLedgerError,
  UnavailableError,
} from '../../shared/core/contracts/errors.js';
import {
  appendTo,
  collect,
  mustAppend,
  newEvent,
  numberedEvents,
  Subscriber,
  uniqueName,
} from '../support/event-store-fixtures.js';
import {
  startKurrentDbDouble,
  type KurrentDbDouble,
} from '../support/kurrentdb-double/start-kurrentdb-double.js';

describe('the ledger on KurrentDB', () => {
  let double: KurrentDbDouble;
  let store: KurrentDbEventStore;

  beforeEach(async () => {
    double = await startKurrentDbDouble();
    store = KurrentDbEventStore.open(double.url.replace('kurrentdb:', 'esdb:'));
  });

  afterEach(async () => {
    await store.close();
    await double.stop();
  });

  it("never shows the store's own events", async () => {
    expect(await store.lastPosition()).toBeUndefined();
    const stream = uniqueName();
    const position = await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 300));
    expect(await store.lastPosition()).toBe(position);
    for (const direction of ['forwards', 'backwards'] as const) {
      expect(await collect(store.readAll({ direction }))).toHaveLength(300);
    }
    const subscriber = new Subscriber(store, {});
    await subscriber.until(({ events }) => events.length >= 300);
    await subscriber.stop();
    expect(subscriber.events).toHaveLength(300);
  });

  it('resumes at every position that it gave, checkpoints among them', async () => {
    const [wanted, unwanted] = [uniqueName('wanted'), uniqueName('unwanted')];
    await mustAppend(store, unwanted, 'no_stream', numberedEvents(unwanted, 250));
    await mustAppend(store, wanted, 'no_stream', numberedEvents(wanted, 1));
    await mustAppend(store, unwanted, 249, numberedEvents(unwanted, 250, 250));
    const abort = new AbortController();
    const positions: string[] = [];
    for await (const { position } of store.subscribe({ streamPrefix: wanted }, abort.signal)) {
      if (position !== undefined) positions.push(position);
      if (position === (await store.lastPosition())) abort.abort();
    }
    const [event] = await collect(store.readStream(wanted));
    for (const afterPosition of positions) {
      const again = new Subscriber(store, { streamPrefix: wanted, afterPosition });
      await again.until(({ batches }) => batches.some(({ caughtUp }) => caughtUp));
      await again.stop();
      expect(again.events).toEqual(afterPosition < (event?.position ?? '') ? [event] : []);
    }
  });

  it('refuses what KurrentDB does not take', async () => {
    const stream = uniqueName();
    const large = Array.from({ length: 5 }, (_, number) => newEvent({ number, text: 'x'.repeat(250_000) }));
    const tooLarge = appendTo(store, stream, 'no_stream', large);
    await expect(tooLarge).rejects.toThrow(TooLargeForLedgerError);
    await expect(tooLarge).rejects.toThrow(/at most 1048576 bytes/);
    await expect(appendTo(store, '$mine', 'no_stream', numberedEvents(stream, 1))).rejects.toThrow(
      InvalidRequestError,
    );
    const noUuid = [{ ...newEvent({}), id: 'one' }];
    await expect(appendTo(store, stream, 'no_stream', noUuid)).rejects.toThrow(InvalidRequestError);
    expect(await collect(store.readStream(stream))).toEqual([]);
  });

  it('names a wrong connection string, and never its password', () => {
    for (const url of ['mongodb://u:secret@h', 'kurrentdb://u:secret@h:port', 'secret']) {
      const opening = () => KurrentDbEventStore.open(url);
      expect(opening).toThrow(InvalidSettingError);
      expect(opening).not.toThrow(/secret/);
    }
  });
});

describe('the ledger on KurrentDB, over TLS and with credentials', () => {
  let folder: string;
  let double: KurrentDbDouble;
  const inFolder = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-kurrentdb-'));
    const certify = (name: string, subject: string, ...more: string[]) => {
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
      const files = ['-keyout', inFolder(`${name}.key`), '-out', inFolder(`${name}.pem`)];
      const args = ['req', '-x509', ...key, ...files, '-days', '2', '-subj', `/CN=${subject}`, ...more];
      execFileSync('openssl', args, { stdio: 'ignore' });
    };
    certify('authority', 'An authority for tests');
    certify('other', 'Another authority');
    const extensions = ['subjectAltName=DNS:localhost', 'basicConstraints=critical,CA:FALSE'];
    const signed = ['-CA', inFolder('authority.pem'), '-CAkey', inFolder('authority.key')];
    certify('server', 'localhost', ...signed, ...extensions.flatMap((text) => ['-addext', text]));
    double = await startKurrentDbDouble({
      certificate: inFolder('server.pem'),
      key: inFolder('server.key'),
      credentials: 'admin:changeit',
    });
  });

  afterAll(async () => {
    await double.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function opened(user: string, query: string, use: (store: KurrentDbEventStore) => Promise<void>) {
    const store = KurrentDbEventStore.open(`kurrentdb://${user}@localhost:${double.port}${query}`);
    await use(store).finally(() => store.close());
  }

  it('takes both from the connection string', async () => {
    await opened('admin:changeit', `?tlsCaFile=${inFolder('authority.pem')}`, async (store) => {
      const stream = uniqueName();
      await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 2));
      expect(await collect(store.readStream(stream))).toHaveLength(2);
      const subscriber = new Subscriber(store, { streamPrefix: stream });
      await subscriber.until(({ events }) => events.length >= 2);
      await subscriber.stop();
    });
  });

  it('reads the authority anew when it has long failed to find a cluster', async () => {
    const changing = inFolder('changing.pem');
    // As after a change of the authority: what the server has is signed by another one.
    await copyFile(inFolder('other.pem'), changing);
    const store = KurrentDbEventStore.open(
      `kurrentdb+discover://admin:changeit@localhost:${double.port}?tlsCaFile=${changing}`,
    );
    const stream = uniqueName();
    const append = () => appendTo(store, stream, 'no_stream', numberedEvents(stream, 1));
    await expect(append()).rejects.toThrow(/Failed to discover/);
    await copyFile(inFolder('authority.pem'), changing);
    let outcome: unknown;
    while (outcome === undefined) outcome = await append().catch(() => undefined);
    expect(outcome).toMatchObject({ outcome: 'appended', revision: 0 });
    await store.close();
  }, 30_000);

  it.each([
    ['without the authority', 'admin:changeit', () => ''],
    ['with a wrong password', 'admin:wrong', () => `?tlsCaFile=${inFolder('authority.pem')}`],
  ])('is unavailable %s', async (_, user, query) => {
    await opened(user, query(), async (store) => {
      const append = appendTo(store, 'any', 'no_stream', numberedEvents('any', 1));
      await expect(append).rejects.toThrow(UnavailableError);
      await expect(collect(store.readStream('any'))).rejects.toThrow(UnavailableError);
      const { signal } = new AbortController();
      await expect(collect(store.subscribe({}, signal))).rejects.toThrow(UnavailableError);
    });
  });
});
