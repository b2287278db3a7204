/** How many segments a key's prefix has at most; deeper ones lead to nothing that could be looked up. */
export const KEY_PREFIX_LEVELS_MAX = 8;

/**
 * The prefixes by which a task with this key is found: `crawl/` and `crawl/2025-03-12/` of `crawl/2025-03-12/7`, and of a
 * deeper key the first `KEY_PREFIX_LEVELS_MAX`.
 */
export function pathsOf(key: string): string[] {
  const paths: string[] = [];
  let end = key.indexOf('/') + 1;
  for (; end > 0 && paths.length < KEY_PREFIX_LEVELS_MAX; end = key.indexOf('/', end) + 1)
    paths.push(key.slice(0, end));
  return paths;
}
