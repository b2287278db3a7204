import { fileURLToPath } from 'node:url';
import { NODE_FLAGS, startServer, type ServerProcess } from './server-process.js';

/** As long as the program's answer to one event. */
const ANSWER_BYTES = 150;

const SCRIPT = fileURLToPath(new URL('bare-post-koa.js', import.meta.url));

/** Starts a bare Koa that answers events. @param durableIn A folder of LMDB, when it is to put each event there before. */
export function startBarePost(durableIn?: string): Promise<ServerProcess> {
  const folder = durableIn === undefined ? [] : [durableIn];
  return startServer([...NODE_FLAGS, SCRIPT, String(ANSWER_BYTES), ...folder], {});
}
