// A process of its own that holds a folder until it is killed: node hold-folder.mjs <folder>. It needs the build.
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// Named by a path and not imported by name: the build is not there yet when the imports are checked.
const built = resolve('dist/shared/adapters/embedded/folder-lock.js');
const { FolderLock } = await import(pathToFileURL(built).href);
FolderLock.take(process.argv[2]);
writeSync(1, 'held\n');
setInterval(() => undefined, 60_000);
