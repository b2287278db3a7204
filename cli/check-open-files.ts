import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/** How many files the program must be able to open beside those that are open: its own are loaded many at a time. */
const FILES_MIN = 480;

/**
 * Opens as many files as the program needs, and closes them. Where a limit is met only while modules are loaded, Node says of
 * some of them that they are not there.
 *
 * @throws Error with the system's code (`EMFILE`, `ENFILE`) when there may not be so many.
 */
export function checkOpenFiles(): void {
  const files: number[] = [];
  try {
    while (files.length < FILES_MIN) files.push(openSync(devNull, 'r'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EMFILE' && code !== 'ENFILE') throw cause;
    throw new Error(`${code}: at least ${FILES_MIN} more must be allowed`, { cause });
  } finally {
    for (const file of files) closeSync(file);
  }
}
