import type { DiskEffect, DiskRecord, RecordedEffect } from './disk-record.js';
import { applyEffect, type DiskImage } from './simulated-disk.js';

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;

/** What may become of a write that was not on the medium yet. */
type Fate = 'kept' | 'dropped' | 'beginning' | 'sectors' | 'size' | 'garbage';
const FATES: readonly Fate[] = [
  'kept',
  'dropped',
  'dropped',
  'beginning',
  'sectors',
  'sectors',
  'size',
  'garbage',
];

/**
 * What a machine may find on its disk when the power went at a moment: all that was on the medium, and of the rest any part
 * in any order. Writes may be kept, lost or torn, the size of a file may be there without what was written, and names may
 * have come or not.
 *
 * @param random Numbers from 0 to 1 that choose among what may be found.
 * @param before What the disk held when the record began.
 */
export function afterPowerCut(
  record: DiskRecord,
  moment: number,
  random: () => number,
  before: DiskImage = { files: new Map(), names: new Map() },
): DiskImage {
  const files = new Map(before.files);
  const names = new Map(before.names);
  // In some cuts all that could be lost is, in others all is there.
  const luck = random();
  for (const recorded of record.effects) {
    if (recorded.begun > moment) break;
    if (isSettled(recorded, moment)) applyEffect(recorded.effect, files, names);
    else
      for (const part of survivingParts(recorded.effect, files, random, luck))
        applyEffect(part, files, names);
  }
  // What has no name is lost; what has one has a content.
  for (const inode of names.values()) if (!files.has(inode)) files.set(inode, Buffer.alloc(0));
  return { files, names };
}

function isSettled({ durable }: RecordedEffect, moment: number): boolean {
  return durable !== undefined && durable <= moment;
}

function survivingParts(
  effect: DiskEffect,
  files: ReadonlyMap<number, Buffer>,
  random: () => number,
  luck: number,
): DiskEffect[] {
  if (luck < 0.1) return [];
  if (luck > 0.9) return [effect];
  if (effect.kind !== 'write') return random() < 0.5 ? [effect] : [];
  const { inode, at, bytes } = effect;
  const size = files.get(inode)?.length ?? 0;
  const sized: DiskEffect = { kind: 'write', inode, at: at + bytes.length, bytes: Buffer.alloc(0) };
  switch (FATES[Math.floor(random() * FATES.length)] as Fate) {
    case 'kept':
      return [effect];
    case 'dropped':
      return [];
    case 'beginning':
      return [{ ...effect, bytes: bytes.subarray(0, Math.floor(random() * (bytes.length + 1))) }];
    case 'sectors':
      return [...sectorsOf(effect).filter(() => random() < 0.5), ...(random() < 0.5 ? [sized] : [])];
    case 'size':
      return [sized];
    case 'garbage':
      // Blocks that the file was given, and that hold what somebody else had in them.
      return sectorsOf(effect).map((sector) =>
        sector.at < size || random() < 0.5
          ? sector
          : { ...sector, bytes: Buffer.from(sector.bytes.map(() => random() * 256)) },
      );
  }
}

function sectorsOf({ inode, at, bytes }: DiskEffect & { kind: 'write' }): (DiskEffect & { kind: 'write' })[] {
  const sectors: (DiskEffect & { kind: 'write' })[] = [];
  for (let done = 0; done < bytes.length;) {
    const length = Math.min(bytes.length - done, SECTOR_BYTES - ((at + done) % SECTOR_BYTES));
    sectors.push({ kind: 'write', inode, at: at + done, bytes: bytes.subarray(done, done + length) });
    done += length;
  }
  return sectors;
}
