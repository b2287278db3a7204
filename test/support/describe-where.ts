import { describe, it } from '@jest/globals';

/** Describes tests that need something of the machine; where that is missing, they are named as not run, and why. */
export function describeWhere(missing: string | undefined, name: string, tests: () => void): void {
  if (missing === undefined) describe(name, tests);
  else describe(name, () => it.todo(missing));
}
