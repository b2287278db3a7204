/** Whether LMDB says that what it has read can't be right, or that it gives up: the disk being full is not among it. */
export function isLmdbDamage(error: unknown): boolean {
  const { message } = error as Error;
  return /MDB_(CORRUPTED|PAGE_NOTFOUND|BAD_|INVALID|PANIC|VERSION_MISMATCH|CURSOR_FULL|PAGE_FULL|INCOMPATIBLE|PROBLEM)|Invalid key size/.test(
    message,
  );
}
