import { describe, expect, it } from '@jest/globals';
import { ByteSlab } from '../../../shared/adapters/embedded/event-log/byte-slab.js';
import { EventLog, type EventLogOptions } from '../../../shared/adapters/embedded/event-log/event-log.js';
import { encodeRecord } from '../../../shared/adapters/embedded/event-log/event-record.js';
import { contentOf } from '../../support/disk/log-run.js';
import { SimulatedDisk, systemError } from '../../support/disk/simulated-disk.js';

const ROOM_BYTES = 2_000;
const SEGMENT = '0000000000000001.log';
const slab = new ByteSlab();

const open = (disk: SimulatedDisk, options: EventLogOptions = {}): Promise<EventLog> =>
  EventLog.open('/ledger', { files: disk, roomBytes: ROOM_BYTES, ...options });

async function append(log: EventLog, number: number): Promise<void> {
  const event = { id: String(number), type: 'Tested', data: '{"a":1}', metadata: '{}' };
  await log.append([encodeRecord('stream', number - 1, event, slab)]);
}

/** A log of some events whose writer is still at work, and how long its file was after each. */
async function written(events: number, options?: EventLogOptions) {
  const disk = new SimulatedDisk();
  const log = await open(disk, options);
  const sizes: number[] = [];
  for (let number = 1; number <= events; number++) {
    await append(log, number);
    sizes.push(fileOf(disk, SEGMENT).length);
  }
  return { disk, log, sizes };
}

function fileOf(disk: SimulatedDisk, name: string): Buffer {
  const { files, names } = disk.image();
  return files.get(names.get(name) as number) as Buffer;
}

const numbers = (log: EventLog): number[] => contentOf(log).map(({ number }) => number);

describe('the room behind the last commit', () => {
  it('is made once for many commits, and gone when the log is closed', async () => {
    const { disk, log, sizes } = await written(10);
    expect(new Set(sizes).size).toBe(1);
    const end = log.end.address;
    expect(
      fileOf(disk, SEGMENT)
        .subarray(end)
        .every((byte) => byte === 0),
    ).toBe(true);
    log.close();
    expect(fileOf(disk, SEGMENT).length).toBe(end);
  });

  it('is made again when it is used up', async () => {
    const { log, sizes } = await written(60);
    expect(new Set(sizes).size).toBeGreaterThan(2);
    expect(new Set(sizes).size).toBeLessThan(8);
    expect(numbers(log)).toHaveLength(60);
    log.close();
  });

  it.each([true, false])(
    'is no torn commit to whoever opens what was left (with the mark: %s)',
    async (marked) => {
      const { disk, log } = await written(5);
      const { files, names } = disk.image();
      const left = new SimulatedDisk({
        files,
        names: new Map([...names].filter(([name]) => marked || name !== 'end')),
      });
      const reader = await open(left, { readOnly: true });
      expect(numbers(reader)).toEqual([1, 2, 3, 4, 5]);
      reader.close();
      const next = await open(left);
      expect(next.tornBytes).toBe(0);
      expect(next.end).toEqual(log.end);
      expect(fileOf(left, SEGMENT).length).toBe(next.end.address);
      await append(next, 6);
      expect(numbers(next)).toEqual([1, 2, 3, 4, 5, 6]);
      next.close();
    },
  );

  it('is cut off before the next segment begins', async () => {
    const { disk, log } = await written(40, { segmentBytesMax: 1_000 });
    const { segments } = log;
    expect(segments.all.length).toBeGreaterThan(2);
    for (const [at, { baseAddress, path }] of segments.all.slice(1).entries()) {
      const before = segments.all[at]!;
      expect(fileOf(disk, before.path.split('/').at(-1)!).length).toBe(baseAddress - before.baseAddress);
      expect(path).toMatch(/\d{16}\.log$/);
    }
    log.close();
  });

  it('may stand at the end of a segment that was copied before the next one was begun', async () => {
    const { disk, log } = await written(40, { segmentBytesMax: 1_000 });
    log.close();
    const { files, names } = disk.image();
    const inode = names.get(SEGMENT) as number;
    const grown = Buffer.concat([files.get(inode) as Buffer, Buffer.alloc(500)]);
    const copy = await open(new SimulatedDisk({ names, files: new Map([...files, [inode, grown]]) }));
    expect(numbers(copy)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    copy.close();

    grown[grown.length - 1] = 1;
    const wrong = open(new SimulatedDisk({ names, files: new Map([...files, [inode, grown]]) }));
    await expect(wrong).rejects.toThrow('holds more than what stands before');
  });

  it('is not taken for events that a copy lacks', async () => {
    const { disk, log } = await written(40, { segmentBytesMax: 1_000 });
    log.close();
    const { files, names } = disk.image();
    const inode = names.get(SEGMENT) as number;
    const early = Buffer.from(files.get(inode) as Buffer);
    early.fill(0, 400);
    const copy = { names, files: new Map([...files, [inode, Buffer.concat([early, Buffer.alloc(500)])]]) };
    await expect(open(new SimulatedDisk(copy))).rejects.toThrow('The ledger lacks');
  });

  it('is told of where it lies between commits, as a copy has it that was made in pieces', async () => {
    const { disk, log } = await written(12);
    log.close();
    const { files, names } = disk.image();
    const inode = names.get(SEGMENT) as number;
    const content = Buffer.from(files.get(inode) as Buffer);
    content.fill(0, 500, 900);
    const left = { files: new Map([[99, content]]), names: new Map([[SEGMENT, 99]]) };
    const copy = await open(new SimulatedDisk(left));
    expect(copy.end.position).toBe(12);
    expect(copy.passedBy).toEqual({ first: expect.any(Number), last: expect.any(Number) });
    copy.close();
  });

  it.each([0, 3])(
    'is not needed on a disk that has only as much left as commits take (after %d)',
    async (before) => {
      const disk = new SimulatedDisk();
      const log = await open(disk);
      for (let number = 1; number <= before; number++) await append(log, number);
      // Whatever is used up already is there.
      const sizeMax = Math.max(fileOf(disk, SEGMENT).length, log.end.address) + 1_000;
      let refused = 0;
      disk.fault = ({ what, upTo = 0 }) => {
        const isFull = what === 'write' && upTo > sizeMax;
        if (isFull) refused++;
        return isFull ? { error: systemError('ENOSPC'), bytes: 0 } : undefined;
      };
      let number = before;
      while (refused === 0 || number < before + 5) await append(log, ++number);
      expect(refused).toBe(1);
      disk.fault = () => undefined;
      expect(numbers(log)).toEqual(Array.from({ length: number }, (_, index) => index + 1));
      log.close();
    },
  );
});
