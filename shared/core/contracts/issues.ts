import type { z } from 'zod';

/**
 * The first thing that a schema found wrong, as one sentence that names the member and what is allowed.
 *
 * @param prefix What the path is relative to, such as `data`.
 */
export function describeIssue(error: z.ZodError, prefix = ''): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'The value is not allowed';
  const path = [...(prefix === '' ? [] : [prefix]), ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') {
    const where = path === '' ? '' : ` in ${path}`;
    return `Unknown member ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}${where}`;
  }
  // Zod's own words for it are about its types; ours are those that every other message has.
  const objectMissing = issue.code === 'invalid_type' && issue.expected === 'object';
  if (objectMissing) return path === '' ? 'The value must be an object' : `${path}: must be an object`;
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}
