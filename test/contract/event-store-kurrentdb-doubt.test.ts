import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import {
  appendTo,
  asNew,
  collect,
  mustAppend,
  numberedEvents,
  uniqueName,
} from '../support/event-store-fixtures.js';
import {
  startKurrentDbDouble,
  type KurrentDbDouble,
} from '../support/kurrentdb-double/start-kurrentdb-double.js';

/** Appends whose effect the store's answer does not say. */
describe('the ledger on KurrentDB, in doubt about an append', () => {
  let double: KurrentDbDouble;
  let store: KurrentDbEventStore;
  let stream: string;

  beforeEach(async () => {
    double = await startKurrentDbDouble();
    store = KurrentDbEventStore.open(double.url);
    stream = uniqueName();
    await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 1));
  });

  afterEach(async () => {
    await store.close();
    await double.stop();
  });

  it('answers for a repeat of what is committed meanwhile as for the first', async () => {
    await double.tell('holdCommits', true);
    const events = numberedEvents(stream, 2, 1);
    const both = [appendTo(store, stream, 0, events), appendTo(store, stream, 0, events)];
    await double.tell('untilDropped', 1);
    await double.tell('holdCommits', false);
    const [first, repeat] = await Promise.all(both);
    expect(first).toMatchObject({ outcome: 'appended', revision: 2 });
    expect(repeat).toEqual(first);
    expect(asNew(await collect(store.readStream(stream)))).toEqual(numberedEvents(stream, 3));
  }, 20_000);

  it('says that it does not know as long as nothing is committed, and knows later', async () => {
    await double.tell('holdCommits', true);
    const events = numberedEvents(stream, 2, 1);
    const both = [appendTo(store, stream, 0, events), appendTo(store, stream, 0, events)];
    for (const append of both) await expect(append).rejects.toThrow(UnavailableError);
    await double.tell('holdCommits', false);
    expect(await appendTo(store, stream, 0, events)).toMatchObject({ outcome: 'appended', revision: 2 });
  }, 20_000);

  it('does not give up the appends under way for one that is never answered', async () => {
    const lost = uniqueName('lost');
    await double.tell('leaveUnanswered', lost);
    const unanswered = appendTo(store, lost, 'no_stream', numberedEvents(lost, 1)).catch(
      (error: unknown) => error,
    );
    let outcome: unknown;
    void unanswered.then((value) => (outcome = value));
    // Until the lost one is given up there are appends under way, each answered in turn.
    for (let revision = 0; outcome === undefined; revision++) {
      await mustAppend(store, stream, revision, numberedEvents(stream, 1, revision + 1));
    }
    expect(outcome).toBeInstanceOf(UnavailableError);
  }, 20_000);
});
