import { describe, expect, it } from '@jest/globals';
import { EventLog } from '../../../shared/adapters/embedded/event-log/event-log.js';
import { SimulatedDisk, type DiskImage } from '../../support/disk/simulated-disk.js';
import { ByteSlab } from '../../../shared/adapters/embedded/event-log/byte-slab.js';
import { encodeRecord } from '../../../shared/adapters/embedded/event-log/event-record.js';

const FILLER = 'x'.repeat(900_000);
const EVENTS = 44;

/** A log of commits of one event of nearly 1 MB each, and where each begins. */
async function writtenLog(): Promise<{ image: DiskImage; commits: number[] }> {
  const disk = new SimulatedDisk();
  const log = await EventLog.open('/ledger', { files: disk });
  const slab = new ByteSlab();
  const commits: number[] = [];
  for (let number = 0; number < EVENTS; number++) {
    const event = { id: `${number}`, type: 'Tested', data: JSON.stringify({ FILLER }), metadata: '{}' };
    commits.push((await log.append([encodeRecord('big', number, event, slab)])).commit);
  }
  log.close();
  return { image: disk.image(), commits };
}

describe('damage that is wider than the largest commit', () => {
  it('costs the events in it, and none behind it', async () => {
    const { image, commits } = await writtenLog();
    const [from, to] = [commits[2] as number, (commits[41] as number) + 40];
    for (const bytes of image.files.values()) if (bytes.length > to) bytes.fill(0, from, to);
    const log = await EventLog.open('/ledger', { files: new SimulatedDisk(image) });
    const found: number[] = [];
    const lost: number[] = [];
    for (let place = log.commits.first(); place.position <= log.end.position;) {
      const read = log.commits.read(place, log.end);
      found.push(...read.records.map(({ position }) => position));
      lost.push(...read.lost.map(({ position }) => position));
      place = read.next;
    }
    log.close();
    expect(found).toEqual([1, 2, 43, 44]);
    expect(lost).toEqual(Array.from({ length: 40 }, (_, index) => index + 3));
  }, 60_000);
});
