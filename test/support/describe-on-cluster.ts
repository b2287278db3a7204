import { describe, it } from '@jest/globals';
import { missingForCluster } from './cluster.js';

/** Describes tests on a cluster; where an engine is missing on this machine, they are named as not run. */
export function describeOnCluster(name: string, tests: () => void): void {
  const missing = missingForCluster();
  if (missing.length === 0) describe(name, tests);
  else
    describe(name, () =>
      it.todo(`no ${missing.join(' and no ')} on this machine (scripts/backends builds them)`),
    );
}
