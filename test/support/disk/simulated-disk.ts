import { basename } from 'node:path';
import type { LogFile, LogFiles } from '../../../shared/adapters/embedded/event-log/log-files.js';
import { DiskRecord, type DiskEffect, type RecordedEffect } from './disk-record.js';

/** The files of a disk: what they hold, and under which numbers. */
export interface DiskImage {
  files: ReadonlyMap<number, Buffer>;
  names: ReadonlyMap<string, number>;
}

/** What a disk is asked to do, for those who make it fail. */
export interface DiskRequest {
  what:
    'open' | 'create' | 'list' | 'read' | 'write' | 'sync' | 'truncate' | 'rename' | 'remove' | 'syncFolder';
  path: string;
  /** Of a write: behind which byte of the file it ends. */
  upTo?: number;
}

/** How a request fails. */
export interface DiskFault {
  error: NodeJS.ErrnoException;
  /** Of a write: how many of its bytes come into memory before. All of them: it is the sync behind it that fails. */
  bytes?: number;
}

/** An error as the operating system has it. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: the disk says so`), { code, syscall: 'simulated' });
}

/**
 * A file system in memory, as the ledger's log asks for one, with a single folder: whatever it is called. It records what is done to it, and when that was on the medium
 * for sure: `power-cut.ts` makes from that what a machine may find after a power cut at any moment. It can be told to fail.
 */
export class SimulatedDisk implements LogFiles {
  readonly record = new DiskRecord();
  /** Asked before each request; what it answers comes to pass. */
  fault: (request: DiskRequest) => DiskFault | undefined = () => undefined;
  /**
   * Asked for each durable write once its bytes are in memory; how many of them are when the process that writes is killed
   * there, so that the write never answers.
   */
  killAt: (bytes: Buffer) => number | undefined = () => undefined;
  readonly #files: Map<number, Buffer>;
  readonly #names: Map<string, number>;
  #lastInode: number;

  constructor(image: DiskImage = { files: new Map(), names: new Map() }) {
    this.#files = new Map(image.files);
    this.#names = new Map(image.names);
    this.#lastInode = Math.max(0, ...this.#files.keys());
  }

  /** What programs see now. */
  image(): DiskImage {
    return {
      files: new Map([...this.#files].map(([inode, bytes]) => [inode, Buffer.from(bytes)])),
      names: new Map(this.#names),
    };
  }

  list(folder: string): string[] {
    this.#mayFail({ what: 'list', path: folder });
    return [...this.#names.keys()];
  }

  open(path: string, how: 'read' | 'write' | 'create'): LogFile {
    this.#mayFail({ what: how === 'create' ? 'create' : 'open', path });
    const name = basename(path);
    let inode = this.#names.get(name);
    if (how === 'create') {
      if (inode !== undefined) throw systemError('EEXIST');
      inode = ++this.#lastInode;
      this.#files.set(inode, Buffer.alloc(0));
      this.#do({ kind: 'names', names: [[name, inode]] });
    }
    if (inode === undefined) throw systemError('ENOENT');
    return this.#handle(path, inode);
  }

  rename(from: string, to: string): void {
    this.#mayFail({ what: 'rename', path: to });
    const inode = this.#inodeOf(from);
    this.#do({
      kind: 'names',
      names: [
        [basename(from), undefined],
        [basename(to), inode],
      ],
    });
  }

  remove(path: string): void {
    this.#mayFail({ what: 'remove', path });
    this.#inodeOf(path);
    this.#do({ kind: 'names', names: [[basename(path), undefined]] });
  }

  syncFolder(folder: string): void {
    this.#sync({ what: 'syncFolder', path: folder }, ({ effect }) => effect.kind === 'names');
  }

  #handle(path: string, inode: number): LogFile {
    const bytes = (): Buffer => this.#files.get(inode) as Buffer;
    const ofFile = ({ effect }: RecordedEffect): boolean => effect.kind !== 'names' && effect.inode === inode;
    return {
      size: () => bytes().length,
      inode: () => BigInt(inode),
      read: (target, at) => {
        this.#mayFail({ what: 'read', path });
        return at >= bytes().length ? 0 : bytes().copy(target, 0, at);
      },
      write: (written, at) => {
        this.#write(path, inode, written, at);
      },
      writeDurably: async (written, at) => {
        const before = bytes();
        const recorded = this.#write(path, inode, written, at);
        await Promise.resolve();
        const bytesUntilKilled = this.killAt(written);
        if (bytesUntilKilled !== undefined) {
          this.#cutShort(recorded, bytesUntilKilled, before);
          return new Promise(() => undefined);
        }
        this.record.settle([recorded]);
      },
      truncate: (size) => {
        this.#mayFail({ what: 'truncate', path });
        this.#do({ kind: 'truncate', inode, size });
        this.#sync({ what: 'sync', path }, ofFile);
      },
      sync: () => this.#sync({ what: 'sync', path }, ofFile),
      close: () => undefined,
    };
  }

  #write(path: string, inode: number, bytes: Buffer, at: number): RecordedEffect {
    const fault = this.fault({ what: 'write', path, upTo: at + bytes.length });
    const written = Buffer.from(bytes.subarray(0, fault === undefined ? bytes.length : (fault.bytes ?? 0)));
    const recorded = this.#do({ kind: 'write', inode, at, bytes: written });
    if (fault === undefined) return recorded;
    recorded.failed = true;
    throw fault.error;
  }

  /** Takes back from memory what of a write had not come there. */
  #cutShort(recorded: RecordedEffect, bytes: number, before: Buffer): void {
    const { effect } = recorded;
    if (effect.kind !== 'write') return;
    effect.bytes = effect.bytes.subarray(0, bytes);
    this.#files.set(effect.inode, patched(before, effect.at, effect.bytes));
  }

  #sync(request: DiskRequest, isMeant: (effect: RecordedEffect) => boolean): void {
    const meant = this.record.effects.filter(
      (recorded) => recorded.durable === undefined && isMeant(recorded),
    );
    const fault = this.fault(request);
    if (fault === undefined) return this.record.settle(meant);
    for (const recorded of meant) recorded.failed = true;
    throw fault.error;
  }

  #mayFail(request: DiskRequest): void {
    const fault = this.fault(request);
    if (fault !== undefined) throw fault.error;
  }

  #inodeOf(path: string): number {
    const inode = this.#names.get(basename(path));
    if (inode === undefined) throw systemError('ENOENT');
    return inode;
  }

  #do(effect: DiskEffect): RecordedEffect {
    applyEffect(effect, this.#files, this.#names);
    return this.record.begin(effect);
  }
}

/** Lets an effect come to pass. */
export function applyEffect(
  effect: DiskEffect,
  files: Map<number, Buffer>,
  names: Map<string, number>,
): void {
  if (effect.kind === 'names') {
    for (const [path, inode] of effect.names) {
      if (inode === undefined) names.delete(path);
      else names.set(path, inode);
    }
    return;
  }
  const file = files.get(effect.inode) ?? Buffer.alloc(0);
  files.set(
    effect.inode,
    effect.kind === 'write' ? patched(file, effect.at, effect.bytes) : resized(file, effect.size),
  );
}

/** A file with bytes written into it. */
export function patched(file: Buffer, at: number, bytes: Buffer): Buffer {
  const size = Math.max(file.length, at + bytes.length);
  const result = resized(file, size);
  bytes.copy(result, at);
  return result;
}

function resized(file: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  file.copy(result, 0, 0, Math.min(size, file.length));
  return result;
}
