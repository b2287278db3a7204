import type { DerivedFolder } from '../derived-folder.js';
import { PastLists } from '../versions/past-lists.js';
import { VersionTables } from '../versions/version-tables.js';
import { CountTables } from './count-tables.js';
import { CountWriter } from './count-writer.js';
import { PendingTasks } from './pending-tasks.js';
import { ProjectionRecords } from './projection-records.js';
import { SeriesTables } from './series-tables.js';
import { TaskDocuments } from './task-documents.js';
import { TaskLists } from './task-lists.js';
import { TaskTables } from './task-tables.js';
import { TaskWriter } from './task-writer.js';

/** What the read model is made of, for as long as its folder is not replaced. */
export class ReadModelTables {
  readonly records: ProjectionRecords;
  readonly documents: TaskDocuments;
  readonly lists: TaskLists;
  readonly writer: TaskWriter;
  readonly counts: CountTables;
  readonly countWriter: CountWriter;
  readonly series: SeriesTables;
  readonly versions: VersionTables;
  readonly pastLists: PastLists;

  /** @throws DamagedStoreError, or whatever LMDB says, when the folder does not hold what was written. */
  constructor(folder: DerivedFolder) {
    const isWriter = !folder.readOnly;
    const tables = new TaskTables(folder);
    const pending = new PendingTasks();
    this.records = new ProjectionRecords(folder);
    this.documents = new TaskDocuments(tables, pending, isWriter, (taskId) => this.lists.changed(taskId));
    this.lists = new TaskLists(tables, pending, this.documents, isWriter);
    this.writer = new TaskWriter(folder, tables, this.records, pending);
    this.counts = new CountTables(folder);
    this.countWriter = new CountWriter(folder, this.counts, this.records);
    this.series = new SeriesTables(folder);
    this.versions = new VersionTables(folder, tables.types);
    this.pastLists = new PastLists(tables, this.documents, this.lists, this.versions);
  }
}
