import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { hashOf, NO_EVENT_BEFORE } from '../../shared/core/application/event-hash.js';
import { LedgerSealer } from '../../shared/core/application/seals/ledger-sealer.js';
import { SEALED_TYPE } from '../../shared/core/application/seals/seal-events.js';
import { signNote } from '../../shared/core/application/seals/signing.js';
import { SEALS_STREAM } from '../../shared/core/application/streams.js';
import { parseCheckpoint } from '../../shared/core/contracts/checkpoint.js';
import { parseNote } from '../../shared/core/contracts/signed-note.js';
import { eventIdOf } from '../../shared/core/domain/event-id.js';
import type { JsonObject } from '../../shared/core/domain/json.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import { SEALED_ORIGIN, signerOf } from './sealed-ledger.js';

const crypto = new NodeCrypto();

/** What is done to the events of a sealed ledger by somebody who may write everything and has no key. */
export interface Tampering {
  events: RecordedEvent[];
  /** Where: the position of the first event that is another one, and its stream and revision. */
  at: Pick<RecordedEvent, 'position' | 'stream' | 'revision'>;
  /** What it is called there now, where that is another name. */
  now?: Pick<RecordedEvent, 'stream' | 'revision'>;
}

/** An int from 0 up to `below`, that one not included. */
export type Pick1 = (below: number) => number;

/**
 * Each kind of tampering. It is given a copy of the events, how many of them the newest published seal covers, and chance; it
 * answers `undefined` where it finds nothing to do.
 */
export const TAMPERINGS: Record<
  string,
  (events: RecordedEvent[], sealed: number, pick: Pick1) => Tampering | undefined
> = {
  'a field changed': (events, sealed, pick) => {
    const event = some(events.slice(0, sealed), pick);
    const place = { ...event };
    const fields = [
      () => change(event, 'type', pick),
      () => change(event, 'id', pick),
      () => change(event, 'stream', pick),
      () => void event.revision++,
      () => changeWithin(event.data, pick),
      () => changeWithin(event.metadata, pick),
    ];
    fields[pick(fields.length)]?.();
    return { events, at: place, now: event };
  },
  'two events swapped': (events, sealed, pick) => {
    const [one, other] = [pick(sealed), pick(sealed)].sort((a, b) => a - b) as [number, number];
    if (one === other) return undefined;
    const at = { ...(events[one] as RecordedEvent) };
    [events[one], events[other]] = [events[other] as RecordedEvent, events[one] as RecordedEvent];
    return { events: renumbered(events), at };
  },
  'one removed, the others moved up': (events, sealed, pick) => {
    const [removed] = events.splice(pick(sealed), 1);
    return { events: renumbered(events), at: removed as RecordedEvent };
  },
  'one removed, a gap left': (events, sealed, pick) => {
    const [removed] = events.splice(pick(sealed), 1);
    return { events, at: removed as RecordedEvent };
  },
  'the end cut off': (events, sealed, pick) => {
    const [first] = events.splice(pick(sealed));
    return { events, at: first as RecordedEvent };
  },
  'a stream removed': (events, sealed, pick) => {
    const { stream } = events[pick(sealed)] as RecordedEvent;
    const at = events.find((event) => event.stream === stream) as RecordedEvent;
    return { events: renumbered(events.filter((event) => event.stream !== stream)), at };
  },
  'a stream added': (events, sealed, pick) => {
    const like = events[pick(sealed)] as RecordedEvent;
    const added = { ...structuredClone(like), stream: `task-${9000 + pick(1000)}`, revision: 0 };
    events.splice(pick(sealed), 0, added);
    const all = renumbered(rechained(events, added.stream, 0));
    return { events: all, at: all.find(({ stream }) => stream === added.stream) as RecordedEvent };
  },
  'an event added to a stream': (events, sealed, pick) => {
    const like = events[pick(sealed)] as RecordedEvent;
    const index = 1 + events.findLastIndex(({ stream }) => stream === like.stream);
    if (index >= sealed) return undefined;
    const revision = (events[index - 1] as RecordedEvent).revision + 1;
    events.splice(index, 0, { ...structuredClone(like), revision });
    const all = renumbered(rechained(events, like.stream, revision));
    return { events: all, at: all[index] as RecordedEvent };
  },
  'a chain made anew from a change on': (events, sealed, pick) => {
    const event = events[pick(sealed)] as RecordedEvent;
    if (event.stream === SEALS_STREAM) return undefined;
    event.metadata.recorded_at = '2025-03-12T09:00:00.000Z';
    return { events: rechained(events, event.stream, event.revision), at: event };
  },
  'a seal signed by another key of the same name': (events, _, pick) =>
    withSeal(events, pick, (data) => {
      const { text } = parseNote(data.note as string) as { text: string };
      data.note = signNote(text, [signerOf(7)], crypto);
    }),
  'a seal with another root under its signature': (events, _, pick) =>
    withSeal(events, pick, (data) => {
      data.note = (data.note as string).replace(/^.{10}(?=.{33}=\n\n)/m, 'AAAAAAAAAA');
    }),
  'a seal in the place of another': (events, _, pick) => {
    const seals = sealsOf(events);
    const other = some(seals, pick);
    return withSeal(events, pick, (data, event) => {
      if (event !== other) Object.assign(data, structuredClone(other.data));
    });
  },
  'an edge beside a seal changed': (events, _, pick) =>
    withSeal(events, pick, (data) => {
      const edge = data.edge as string[];
      const at = pick(edge.length);
      edge[at] = `${(edge[at] as string).startsWith('A') ? 'B' : 'A'}${(edge[at] as string).slice(1)}`;
    }),
  'a position beside a seal changed': (events, _, pick) =>
    withSeal(events, pick, (data) => {
      data.position = String(Number(data.position) - 1).padStart(16, '0');
    }),
  'an older copy that went on and was sealed by its own key': (events, sealed, pick) => {
    const kept = events.slice(0, pick(sealed));
    const at = events[kept.length] as RecordedEvent;
    const like = events.find(({ type }) => type === 'TaskCreated') as RecordedEvent;
    for (let number = 0; kept.length < sealed + 3; number++)
      kept.push({ ...structuredClone(like), stream: `task-${9000 + number}`, revision: 0 });
    const gone = renumbered(
      kept.reduce((all, { stream }) => (stream > 'task-9' ? rechained(all, stream, 0) : all), kept),
    );
    return { events: sealedOn(gone), at };
  },
};

/** Changes what one of the seals says, and makes the chain of seals anew, so that only the seal itself can tell it. */
function withSeal(
  events: RecordedEvent[],
  pick: Pick1,
  changeData: (data: JsonObject, event: RecordedEvent) => void,
): Tampering | undefined {
  const seal = some(sealsOf(events), pick);
  const before = JSON.stringify(seal.data);
  changeData(seal.data, seal);
  if (JSON.stringify(seal.data) === before) return undefined;
  return { events: rechained(events, SEALS_STREAM, seal.revision), at: seal };
}

/** Adds a seal over all events by the ledger's own key, as a sealer does that knows nothing of another copy. */
function sealedOn(events: RecordedEvent[]): RecordedEvent[] {
  const sealer = new LedgerSealer({ signer: signerOf(1), origin: SEALED_ORIGIN, crypto });
  for (const event of events) sealer.take(event);
  const seal = sealer.seal();
  if (seal === undefined) return events;
  const revision = sealsOf(events).length;
  const metadata = { recorded_at: '2025-03-12T11:00:00.000Z' };
  const event = {
    id: '',
    type: SEALED_TYPE,
    data: seal,
    metadata,
    stream: SEALS_STREAM,
    revision,
    position: '',
  };
  return renumbered(rechained([...events, event], SEALS_STREAM, revision));
}

function sealsOf(events: RecordedEvent[]): RecordedEvent[] {
  return events.filter(({ type, data }) => type === SEALED_TYPE && checkpointOf(data) !== undefined);
}

function checkpointOf({ note }: JsonObject) {
  return parseCheckpoint(parseNote(note as string)?.text ?? '');
}

/** The events, a stream's hashes made anew from a revision on, as whoever may write everything would do it. */
function rechained(events: RecordedEvent[], stream: string, from: number): RecordedEvent[] {
  const own = events.filter((event) => event.stream === stream).sort((a, b) => a.revision - b.revision);
  let prev = own.findLast(({ revision }) => revision < from)?.metadata.hash ?? NO_EVENT_BEFORE;
  for (const event of own) {
    if (event.revision < from) continue;
    event.metadata.hash = prev = hashOf(event, prev, crypto);
    event.id = eventIdOf(prev);
  }
  return events;
}

function renumbered(events: readonly RecordedEvent[]): RecordedEvent[] {
  return events.map((event, at) => ({ ...event, position: String(at + 1).padStart(16, '0') }));
}

function some<Item>(items: readonly Item[], pick: Pick1): Item {
  return items[pick(items.length)] as Item;
}

/** Changes one member of a value, or one within it. */
export function changeWithin(value: object, pick: Pick1): void {
  const names = Object.keys(value);
  const name = names[pick(names.length)];
  if (name === undefined) return void Object.assign(value, { added: 1 });
  const member = (value as Record<string, unknown>)[name];
  if (typeof member === 'object' && member !== null) changeWithin(member, pick);
  else change(value, name, pick);
}

function change(of: object, name: string, pick: Pick1): void {
  const members = of as Record<string, unknown>;
  const value = members[name];
  if (typeof value === 'string' && value !== '') {
    const at = pick(value.length);
    const other = value[at] === 'x' ? 'y' : 'x';
    members[name] = value.slice(0, at) + other + value.slice(at + 1);
  } else {
    members[name] = typeof value === 'number' ? value + 1 : value === true ? false : 'x';
  }
}
