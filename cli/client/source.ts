import { hostname } from 'node:os';

/** Who publishes from the command line: CloudEvents' `source`. */
export const DEFAULT_SOURCE = `/cli/${encodeURIComponent(hostname())}`;
