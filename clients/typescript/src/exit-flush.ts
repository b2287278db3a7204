/** What is to be done before the process ends because it has nothing left to do. */
type Flush = () => Promise<void>;

const flushes = new Set<Flush>();

/**
 * Calls `flush` once, before the process exits by itself. Not when it is ended by a signal, `process.exit` or an error that
 * nobody caught. Answers how to call it off.
 */
export function flushAtExit(flush: Flush): () => void {
  if (flushes.size === 0) process.on('beforeExit', flushAll);
  flushes.add(flush);
  return () => {
    flushes.delete(flush);
    if (flushes.size === 0) process.off('beforeExit', flushAll);
  };
}

/** Node calls this again whenever there is nothing left to do; each flush is done once. */
function flushAll(): void {
  const due = [...flushes];
  flushes.clear();
  process.off('beforeExit', flushAll);
  for (const flush of due) void flush();
}
