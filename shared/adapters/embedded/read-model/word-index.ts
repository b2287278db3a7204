import type { FoundWords } from '../../../core/domain/words.js';
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

  /** Writes what leads to a task in the place of what did before. Belongs into a transaction. */
  change(place: Place, before: FoundWords, now: FoundWords): void {
    this.changeKind(NAME, place, before.names, now.names);
    this.changeKind(ERROR, place, before.error, now.error);
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

  private changeKind(kind: number, place: Place, before: readonly string[], now: readonly string[]): void {
    for (const word of before) if (!now.includes(word)) this.index.remove([kind, word], place);
    for (const word of now) if (!before.includes(word)) this.index.put([kind, word], place);
  }
}
