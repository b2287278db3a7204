/** The part of the package that is in use; it brings no types of its own. */
declare module 'fs-native-extensions' {
  /**
   * Asks for a lock that belongs to the open file and not to the process (`F_OFD_SETLK`, on macOS `flock`, on Windows
   * `LockFileEx`): another opening of the file does not get it, in whatever process, and the kernel frees it with the
   * last descriptor.
   *
   * @returns Whether it was granted.
   * @throws An error with a `code` of the operating system.
   */
  export function tryLock(handle: number, offset: number, length: number): boolean;
}
