import { errorWords, taskWords, type NamedTask } from '../../../core/domain/words.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import type { DerivedFolder } from '../derived-folder.js';
import { DigestIndex, type KindOfText } from './digest-index.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';
import type { Place } from './place.js';

const NAME = 0;
const ERROR = 1;

/** The tasks by each word of their names and of their errors: see `DigestIndex`. */
export class WordIndex {
  private readonly index: DigestIndex;

  constructor(folder: DerivedFolder) {
    this.index = new DigestIndex(folder, 'words');
  }

  /** Writes what leads to a task by its names. Belongs into a transaction, as all that writes. @param before Absent for a new one. */
  changeNames(place: Place, before: NamedTask | undefined, now: NamedTask): void {
    if (before !== undefined && hasSameNames(before, now)) return;
    this.change(NAME, place, before === undefined ? [] : taskWords(before), taskWords(now));
  }

  /** Writes what leads to a task by its error, as JSON. */
  changeError(place: Place, beforeJson: string, nowJson: string): void {
    if (beforeJson !== nowJson) this.change(ERROR, place, errorWords(beforeJson), errorWords(nowJson));
  }

  /** For each word that a filter asks for the tasks that may have it, newest first. */
  places({ words = [], errorWords: ofError = [] }: ListFilter, bounds: PlaceBounds): PlaceStream[] {
    const wanted: KindOfText[][] = [
      ...words.map((word): KindOfText[] => [
        [NAME, word],
        [ERROR, word],
      ]),
      ...ofError.map((word): KindOfText[] => [[ERROR, word]]),
    ];
    return wanted.map((texts) => this.index.places(texts, bounds));
  }

  private change(kind: number, place: Place, before: readonly string[], now: readonly string[]): void {
    for (const word of before) if (!now.includes(word)) this.index.remove([kind, word], place);
    for (const word of now) if (!before.includes(word)) this.index.put([kind, word], place);
  }
}

/** The others come with the creation. */
function hasSameNames({ traits: one }: NamedTask, { traits: other }: NamedTask): boolean {
  return one.worker === other.worker && one.error_type === other.error_type;
}
