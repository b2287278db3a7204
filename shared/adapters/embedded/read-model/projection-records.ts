import type { Database } from 'lmdb';
import type { ParkedStream, ProjectionProgress } from '../../../ports/read-model.js';
import type { LmdbFolder } from '../lmdb-folder.js';

/** How far projections have come, and what they could not go on with. */
export class ProjectionRecords {
  private readonly checkpoints: Database<string, string>;
  private readonly parkedStreams: Database<ParkedStream, string[]>;

  constructor(folder: LmdbFolder) {
    this.checkpoints = folder.openDatabase('checkpoints', { encoding: 'string' });
    this.parkedStreams = folder.openDatabase('parked', { encoding: 'json' });
  }

  checkpoint(projection: string): string | undefined {
    return this.checkpoints.get(projection);
  }

  parked(projection: string): ParkedStream[] {
    const all = Array.from(this.parkedStreams.getRange(), ({ value }) => value);
    return all.filter((parked) => parked.projection === projection);
  }

  /** Belongs into a batch whose commit the caller awaits, together with what it covers. */
  put({ checkpoint, park = [], unpark = [] }: ProjectionProgress): void {
    const { projection, position } = checkpoint;
    for (const stream of unpark) void this.parkedStreams.remove([projection, stream]);
    for (const parked of park) void this.parkedStreams.put([parked.projection, parked.stream], parked);
    const before = this.checkpoints.get(projection);
    if (before === undefined || before < position) void this.checkpoints.put(projection, position);
  }
}
