/**
 * The revisions that documents are known to be at, or beyond: documents never go back, so that this stays true whatever
 * other processes write. Two generations, as many entries each at most; what is not asked for is forgotten first.
 */
export class KnownRevisions {
  private young = new Map<string, number>();
  private old = new Map<string, number>();

  constructor(private readonly generationEntriesMax: number) {}

  get(id: string): number | undefined {
    const revision = this.young.get(id);
    if (revision !== undefined) return revision;
    const older = this.old.get(id);
    if (older !== undefined) this.set(id, older);
    return older;
  }

  set(id: string, revision: number): void {
    if (this.young.size >= this.generationEntriesMax) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(id, revision);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }
}
