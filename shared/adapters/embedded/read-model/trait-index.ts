import type { TaskTraits } from '../../../core/contracts/task-fields.js';
import { digest } from '../../../core/domain/digest.js';
import { TRAIT_FILTERS, type TaskFilter, type TraitFilter } from '../../../core/ports/task-filter.js';
import type { DerivedFolder } from '../derived-folder.js';
import { MergedPlaces } from './merged-places.js';
import { NO_VALUE, openPlaceIndex, PlaceRange, type PlaceIndex } from './place-range.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';
import { PLACE_BYTES_MAX, writePlace, type Place } from './place.js';
import { SEAL_BYTES, sealKey } from './sealed.js';

const TRAITS = Object.values(TRAIT_FILTERS);
/** Those that an event can change; the others come with the creation. */
const CHANGING = ['worker', 'error_type', 'silent'] as const;

/** What the first byte of an entry is: it is stored. */
const KIND = { labels: 0, parent: 1, retry_of: 2, worker: 3, error_type: 4, silent: 5 };

type Kind = keyof typeof KIND;

/** What stands for silence, where others have a text. */
const SILENT = '';

const DIGEST_BYTES = 8;
const PREFIX_BYTES = 1 + DIGEST_BYTES;

/**
 * The tasks by each label, and by each other trait that a filter asks for, in the order of a list. A task has entries only for
 * what it has.
 *
 * A digest stands for the text, and an entry of a task that was damaged can stay behind: who finds tasks by it has to look
 * whether they have the trait.
 */
export class TraitIndex {
  private readonly index: PlaceIndex;
  private readonly scratch = Buffer.alloc(PREFIX_BYTES + PLACE_BYTES_MAX + SEAL_BYTES);

  constructor(folder: DerivedFolder) {
    this.index = openPlaceIndex(folder, 'traits');
  }

  /** Writes what leads to a task that had no entries. Belongs into a transaction, as `change` does. */
  add(place: Place, traits: TaskTraits): void {
    for (const name in traits.labels) this.put('labels', `${name}:${traits.labels[name]}`, place);
    for (const trait of TRAITS) if (traits[trait] !== undefined) this.put(trait, traits[trait], place);
    if (traits.silent) this.put('silent', SILENT, place);
  }

  /** Writes what leads to a task in the place of what did before. */
  change(place: Place, before: TaskTraits, traits: TaskTraits): void {
    for (const trait of CHANGING) {
      const [old, now] = [textOf(before, trait), textOf(traits, trait)];
      if (old === now) continue;
      if (old !== undefined) void this.index.remove(this.key(trait, old, place));
      if (now !== undefined) this.put(trait, now, place);
    }
  }

  /** For each trait that a filter asks for the tasks that may have it, newest first. */
  places(filter: TaskFilter, bounds: PlaceBounds): PlaceStream[] {
    const { labels = [] } = filter;
    const streams = labels.map((label) => this.withAny('labels', [label], bounds));
    for (const member of Object.keys(TRAIT_FILTERS) as TraitFilter[]) {
      const values = filter[member];
      if (values !== undefined) streams.push(this.withAny(TRAIT_FILTERS[member], values, bounds));
    }
    if (filter.silent) streams.push(this.withAny('silent', [SILENT], bounds));
    return streams;
  }

  private withAny(kind: Kind, texts: readonly string[], bounds: PlaceBounds): PlaceStream {
    // Two of the same digest lead to the same places.
    const prefixes = new Map(
      texts.map((text) => {
        const prefix = Buffer.alloc(PREFIX_BYTES);
        writePrefix(prefix, kind, text);
        return [prefix.toString('latin1'), prefix];
      }),
    );
    const ranges = [...prefixes.values()].map((prefix) => new PlaceRange(this.index, prefix, bounds));
    return ranges.length === 1 ? (ranges[0] as PlaceRange) : new MergedPlaces(ranges);
  }

  private put(kind: Kind, text: string, place: Place): void {
    void this.index.put(this.key(kind, text, place), NO_VALUE);
  }

  private key(kind: Kind, text: string, place: Place): Buffer {
    const { scratch } = this;
    const end = writePlace(scratch, writePrefix(scratch, kind, text), place);
    return scratch.subarray(0, sealKey(scratch, end));
  }
}

function textOf(traits: TaskTraits, trait: (typeof CHANGING)[number]): string | undefined {
  if (trait === 'silent') return traits.silent ? SILENT : undefined;
  return traits[trait];
}

/** Answers where the next byte goes. */
function writePrefix(target: Buffer, kind: Kind, text: string): number {
  const [one, other] = digest(text);
  return target.writeUInt32BE(other, target.writeUInt32BE(one, target.writeUInt8(KIND[kind], 0)));
}
