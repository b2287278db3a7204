/**
 * Finding texts that are nearly the same without comparing each with each: MinHash signatures in bands
 * (Broder, "On the resemblance and containment of documents", 1997; Leskovec, Rajaraman and Ullman, "Mining of Massive
 * Datasets", chapter 3).
 */

/** How many words in a row make a shingle. */
export const SHINGLE_WORDS = 5;

/** A signature has so many bands … */
export const BANDS = 16;
/** … of so many rows each: pairs meet in some band with probability 1 − (1 − s⁸)¹⁶, half of them at s ≈ 0.68. */
export const ROWS = 8;

const SEEDS = Uint32Array.from({ length: BANDS * ROWS }, (_, at) => mix(at + 1));

/** The set of a text's shingles, each as a 32-bit hash, sorted. Case, punctuation and spacing do not count. */
export function wordShingles(text: string): Uint32Array {
  const words = (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map(hashOf);
  const size = Math.min(SHINGLE_WORDS, words.length);
  const hashes = new Uint32Array(size === 0 ? 0 : words.length - size + 1);
  for (let at = 0; at < hashes.length; at++) {
    let hash = 0;
    for (let word = at; word < at + size; word++) hash = mix(hash ^ (words[word] as number));
    hashes[at] = hash;
  }
  return sortedSet(hashes);
}

/** How similar two sorted sets are: the share of what both have in what either has, 0 to 1 (Jaccard). */
export function similarity(a: Uint32Array, b: Uint32Array): number {
  let both = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const left = a[i] as number;
    const right = b[j] as number;
    if (left === right) both++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  const either = a.length + b.length - both;
  return either === 0 ? 1 : both / either;
}

/** The MinHash signature of a set: two sets agree in a place with the probability of their similarity. */
export function signature(shingles: Uint32Array): Uint32Array {
  const lowest = new Uint32Array(SEEDS.length).fill(0xffffffff);
  for (const shingle of shingles) {
    for (let at = 0; at < SEEDS.length; at++) {
      const hash = mix(shingle ^ (SEEDS[at] as number));
      if (hash < (lowest[at] as number)) lowest[at] = hash;
    }
  }
  return lowest;
}

/** Which signatures agree in a whole band: the numbers of those that do, in groups of two or more. */
export function bandMates(signatures: Uint32Array[], band: number): number[][] {
  const buckets = new Map<string, number[]>();
  signatures.forEach((each, number) => {
    const key = each.subarray(band * ROWS, (band + 1) * ROWS).join();
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, [number]);
    else bucket.push(number);
  });
  return [...buckets.values()].filter((bucket) => bucket.length > 1);
}

/** A sorted set of 32-bit hashes. */
export function sortedSet(hashes: Uint32Array): Uint32Array {
  hashes.sort();
  return hashes.filter((hash, at) => at === 0 || hash !== hashes[at - 1]);
}

/** FNV-1a over UTF-16 code units. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the output. */
export function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
