const FILES = 'too many files are open (ulimit -n)';
const MEMORY = 'there is too little memory';

/** What the system, Node and LMDB say when there is no more to be had; some of them in their texts alone. */
const LIMITS: readonly [said: RegExp, limit: string][] = [
  [/\bE[MN]FILE\b|too many open files/i, FILES],
  [/\bENOMEM\b|ERR_WORKER_OUT_OF_MEMORY|ERR_MEMORY_ALLOCATION_FAILED/, MEMORY],
  [/cannot allocate memory|allocation failed|out of memory/i, MEMORY],
];

/** How deep causes are looked at. */
const CAUSES_MAX = 5;

/** Which limit of the system an error, or what has caused it, has come up against; `undefined` when none has. */
export function systemLimitOf(error: unknown): string | undefined {
  let at = error;
  for (let depth = 0; depth < CAUSES_MAX && at instanceof Error; depth++, at = at.cause) {
    const { code } = at as { code?: string };
    const said = `${code ?? ''} ${at.message}`;
    for (const [pattern, limit] of LIMITS) if (pattern.test(said)) return limit;
  }
  return undefined;
}
