import type { TaskTraits } from '../../../core/contracts/task-fields.js';
import { TRAIT_FILTERS, type TaskFilter, type TraitFilter } from '../../../core/ports/task-filter.js';
import type { DerivedFolder } from '../derived-folder.js';
import { DigestIndex, type KindOfText } from './digest-index.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';
import type { Place } from './place.js';

const TRAITS = Object.values(TRAIT_FILTERS);
/** Those that an event can change; the others come with the creation. */
const CHANGING = ['worker', 'error_type', 'silent'] as const;

const KIND = { labels: 0, parent: 1, retry_of: 2, worker: 3, error_type: 4, silent: 5 };

/** What stands for silence, where others have a text. */
const SILENT: KindOfText = [KIND.silent, ''];

/**
 * The tasks by each label, and by each other trait that a filter asks for. A task has entries only for what it has: see
 * `DigestIndex`.
 */
export class TraitIndex {
  private readonly index: DigestIndex;

  constructor(folder: DerivedFolder) {
    this.index = new DigestIndex(folder, 'traits');
  }

  /** Writes what leads to a task that had no entries. Belongs into a transaction, as `change` does. */
  add(place: Place, traits: TaskTraits): void {
    for (const name in traits.labels) this.index.put([KIND.labels, `${name}:${traits.labels[name]}`], place);
    for (const trait of TRAITS)
      if (traits[trait] !== undefined) this.index.put([KIND[trait], traits[trait]], place);
    if (traits.silent) this.index.put(SILENT, place);
  }

  /** Writes what leads to a task in the place of what did before. */
  change(place: Place, before: TaskTraits, traits: TaskTraits): void {
    for (const trait of CHANGING) {
      if (before[trait] === traits[trait]) continue;
      const [old, now] = [textOf(before, trait), textOf(traits, trait)];
      if (old !== undefined) this.index.remove(old, place);
      if (now !== undefined) this.index.put(now, place);
    }
  }

  /** For each trait that a filter asks for the tasks that may have it, newest first. */
  places(filter: TaskFilter, bounds: PlaceBounds): PlaceStream[] {
    const { labels = [] } = filter;
    const wanted: KindOfText[][] = labels.map((label) => [[KIND.labels, label]]);
    for (const member of Object.keys(TRAIT_FILTERS) as TraitFilter[]) {
      const kind = KIND[TRAIT_FILTERS[member]];
      const values = filter[member];
      if (values !== undefined) wanted.push(values.map((value) => [kind, value]));
    }
    if (filter.silent) wanted.push([SILENT]);
    return wanted.map((texts) => this.index.places(texts, bounds));
  }
}

function textOf(traits: TaskTraits, trait: (typeof CHANGING)[number]): KindOfText | undefined {
  if (trait === 'silent') return traits.silent ? SILENT : undefined;
  return traits[trait] === undefined ? undefined : [KIND[trait], traits[trait]];
}
