/**
 * A file that has to grow grows by so many bytes more than the commit has: zeros, which the commits after it are written over.
 * To be on disk, a write that makes its file longer takes the file system another two, of the new size and place, and waits
 * with them for whatever else it has to note: often 3 ms where a write in the middle of a file takes 0.1 ms.
 */
export const ROOM_BYTES = 1024 * 1024;
