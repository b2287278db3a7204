/**
 * A map of bounded weight that forgets what was not used lately. It keeps two generations and drops the older one whole
 * when the younger is full: a strict order of use would cost a walk over the deleted slots of a Map with each eviction.
 */
export class RecentCache<Key, Value> {
  private young = new Map<Key, Entry<Value>>();
  private old = new Map<Key, Entry<Value>>();
  private youngWeight = 0;

  /** @param weightMax The sum of weights that is never exceeded, but for a single entry that weighs more than half of it. */
  constructor(private readonly weightMax: number) {}

  get(key: Key): Value | undefined {
    const entry = this.young.get(key);
    if (entry !== undefined) return entry.value;
    const older = this.old.get(key);
    if (older === undefined) return undefined;
    this.set(key, older.value, older.weight);
    return older.value;
  }

  set(key: Key, value: Value, weight = 1): void {
    // An older value may stay in the older generation: this one hides it, and it is dropped first.
    this.youngWeight -= this.young.get(key)?.weight ?? 0;
    if (this.youngWeight + weight > this.weightMax / 2) {
      this.old = this.young;
      this.young = new Map();
      this.youngWeight = 0;
    }
    this.young.set(key, { value, weight });
    this.youngWeight += weight;
  }

  delete(key: Key): void {
    this.youngWeight -= this.young.get(key)?.weight ?? 0;
    this.young.delete(key);
    this.old.delete(key);
  }
}

interface Entry<Value> {
  value: Value;
  weight: number;
}
