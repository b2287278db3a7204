import type {
  Checkpoint,
  LedgerMark,
  ParkedStream,
  ProjectionProgress,
} from '../../../core/ports/read-model.js';
import type { DerivedFolder } from '../derived-folder.js';
import { SealedValues } from './sealed-values.js';

/** What is made again by itself when it is lost. */
export type CountedSide = 'counts' | 'series' | 'versions';

/** What is written to: the documents, the counts, the series, or the versions. */
export type WrittenSide = 'tasks' | CountedSide;

/** A place in the ledger, and whether that is a part of the way to its end. */
export type ReachedMark = LedgerMark & Pick<Checkpoint, 'partial'>;

type SideMark = ReachedMark & { side: WrittenSide };

/** How far projections have come, and what they could not go on with: what is stored, and what is shown ahead of it. */
export class ProjectionRecords {
  private readonly checkpoints: SealedValues<SideMark>;
  private readonly ahead: SealedValues<LedgerMark>;
  private readonly parkedStreams: SealedValues<ParkedStream>;
  /** How far each projection has come that has written since the store was opened. */
  private readonly shown = new Map<string, SideMark>();
  /** The furthest place of the ledger that anything shown was made from. */
  private readonly furthest = new Map<WrittenSide, LedgerMark>();

  constructor(folder: DerivedFolder) {
    this.checkpoints = new SealedValues(folder, 'checkpoints');
    this.ahead = new SealedValues(folder, 'ahead');
    this.parkedStreams = new SealedValues(folder, 'parked');
  }

  /** @throws DamagedStoreError as the others do, when what is stored is not what was written. */
  checkpoint(projection: string): ReachedMark | undefined {
    return this.shown.get(projection) ?? this.checkpoints.get(projection);
  }

  /** As `ProjectionTarget.madeFrom`. */
  madeFrom(side: WrittenSide, projection: string): ReachedMark[] {
    const ahead = this.furthest.get(side) ?? this.ahead.get(side);
    return [this.checkpoint(projection), ahead].filter((mark) => mark !== undefined).map(markOf);
  }

  parked(projection: string): ParkedStream[] {
    const start = parkedKey(projection, '');
    return Array.from(this.parkedStreams.range({ start, end: `${start}\uffff` }), ({ value }) => value);
  }

  /** Notes how far what is shown has come, if that is further than before. */
  advance(side: WrittenSide, checkpoint: Checkpoint): void {
    const { projection, position } = checkpoint;
    this.note(side, checkpoint);
    const before = this.checkpoint(projection)?.position;
    if (before === undefined || before < position)
      this.shown.set(projection, { ...markOf(checkpoint), side });
  }

  /** Notes what something shown was made from. */
  note(side: WrittenSide, mark: LedgerMark): void {
    const before = this.furthest.get(side)?.position;
    if (before === undefined || before < mark.position) this.furthest.set(side, markOf(mark));
  }

  /** Belongs into the transaction of whatever is ahead of the checkpoint. */
  putAhead(side: WrittenSide): void {
    const ahead = this.furthest.get(side);
    if (ahead !== undefined) this.ahead.put(side, ahead);
  }

  /** Belongs into a transaction, after all that it covers. */
  putCheckpoint(side: WrittenSide, projection: string, checkpoint: ReachedMark): void {
    this.checkpoints.put(projection, { ...markOf(checkpoint), side });
  }

  /** Belongs into a transaction. */
  putParked({ checkpoint, park = [], unpark = [] }: ProjectionProgress): void {
    for (const stream of unpark) this.parkedStreams.remove(parkedKey(checkpoint.projection, stream));
    for (const parked of park) this.parkedStreams.put(parkedKey(parked.projection, parked.stream), parked);
  }

  /** Takes away what is on record of a side. Belongs into a transaction. */
  remove(side: WrittenSide): void {
    for (const [projection, mark] of this.shown) if (mark.side === side) this.shown.delete(projection);
    this.furthest.delete(side);
    this.ahead.remove(side);
    for (const { key: projection, value } of [...this.checkpoints.range()]) {
      if (value.side !== side) continue;
      this.checkpoints.remove(projection);
      for (const { stream } of this.parked(projection))
        this.parkedStreams.remove(parkedKey(projection, stream));
    }
  }
}

function markOf({ position, ledgerId, fingerprint, partial }: ReachedMark): ReachedMark {
  return {
    position,
    ...(ledgerId !== undefined && { ledgerId }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(partial === true && { partial }),
  };
}

function parkedKey(projection: string, stream: string): string {
  return `${projection} ${stream}`;
}
