import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { chainEvent } from '../../shared/core/application/chained-event.js';
import { sealedFacts } from '../../shared/core/application/stored-facts.js';
import type { JsonObject } from '../../shared/core/domain/json.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import { endMark, FIRST_SEGMENT, segmentBytes } from '../support/ledger-segment.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/verify_ledger.py', import.meta.url));
const GOLDEN = fileURLToPath(new URL('../fixtures/stored-events.json', import.meta.url));
const FLIPS = 200;

const golden = (JSON.parse(readFileSync(GOLDEN, 'utf8')) as RecordedEvent[]).sort((one, other) =>
  one.position < other.position ? -1 : 1,
);

function withPython(name: string, tests: () => void): void {
  if (spawnSync('python3', ['--version']).status === 0) describe(name, tests);
  else describe(name, () => it.todo('no python3 on this machine'));
}

function putLaterInPlaceOfEarlier(events: RecordedEvent[]): void {
  const [, earlier, later] = events.filter(({ stream }) => stream === 'task-1');
  Object.assign(earlier as RecordedEvent, structuredClone(later), { revision: 1 });
}

withPython('scripts/verify_ledger.py', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'verify-ledger-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, bytes: Buffer): void => writeFileSync(join(folder, name), bytes);
  const verify = (...folders: string[]): { status: number | null; text: string } => {
    const given = folders.length === 0 ? [folder] : folders;
    const { status, stdout, stderr } = spawnSync('python3', [SCRIPT, ...given], { encoding: 'utf8' });
    return { status, text: stdout + stderr };
  };
  const commits = (events: readonly RecordedEvent[]): RecordedEvent[][] => [
    events.slice(0, 4),
    events.slice(4, 5),
    events.slice(5),
  ];

  it('verifies the golden events, and counts them', () => {
    write('0000000000000001.log', segmentBytes(commits(golden)).bytes);
    const { status, text } = verify();
    expect(text).toContain(
      `events   ${golden.length} in ${new Set(golden.map(({ stream }) => stream)).size} str`,
    );
    expect(text).toMatch(/sealed {3}20 values, 3 of them erased\nfaults {3}0\n$/);
    expect(status).toBe(0);
  });

  it('goes on over segments, and past an end that was never whole', () => {
    const first = segmentBytes([golden.slice(0, 9)]);
    const second = segmentBytes([golden.slice(9, 12), golden.slice(12)], first.next);
    const whole = segmentBytes([golden.slice(9, 12)], first.next).bytes.length;
    write('0000000000000001.log', first.bytes);
    write('0000000000000010.log', second.bytes);
    write('end', endMark(first.bytes.length + second.bytes.length));
    expect(verify()).toMatchObject({ status: 0, text: expect.stringContaining('2 segments, 3 commits') });
    write('end', endMark(first.bytes.length + whole));
    for (const bytes of [whole + 1, whole + 40, second.bytes.length - 1]) {
      write('0000000000000010.log', second.bytes.subarray(0, bytes));
      const text = expect.stringContaining(`the last ${bytes - whole} bytes are no whole commit`);
      expect(verify()).toMatchObject({ status: 0, text });
    }
    write('0000000000000010.log', second.bytes.subarray(0, whole - 1));
    expect(verify()).toMatchObject({ status: 1, text: expect.stringContaining('FAULT') });
  });

  it('passes by the room behind the last commit, but not zeros in the place of one', () => {
    const room = Buffer.alloc(100_000);
    const first = segmentBytes([golden.slice(0, 9)]);
    const { bytes } = segmentBytes([golden.slice(9)], first.next);
    write('0000000000000001.log', Buffer.concat([first.bytes, room]));
    write('0000000000000010.log', Buffer.concat([bytes, room]));
    const { status, text } = verify();
    expect(text).toContain(`2 segments, 2 commits, ${first.bytes.length + bytes.length} bytes\nevents`);
    expect(status).toBe(0);
    write('0000000000000010.log', Buffer.concat([bytes.subarray(0, 64), room]));
    write('end', endMark(first.bytes.length + bytes.length));
    expect(verify()).toMatchObject({ status: 1, text: expect.stringContaining('no whole commit') });
  });

  it('writes numbers, names and escapes as RFC 8785 has them', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.jsonValue({ stringUnit: 'grapheme' }),
      fc.integer(),
      fc.constantFrom(
        1e21,
        1e-7,
        123456789012345680000,
        0.000001,
        5e-324,
        1.7976931348623157e308,
        -0,
        '\u007f\u2028',
      ),
    );
    const params = fc.sample(fc.dictionary(fc.string({ unit: 'grapheme' }), value, { minKeys: 1 }), 400);
    const crypto = new NodeCrypto();
    let prev = '';
    const events = params.map((one, revision): RecordedEvent => {
      const place = { stream: 'tësts-1', revision, prev };
      const data = sealedFacts({ params: one, progress: 0.1 }, crypto);
      const { hash, ...event } = chainEvent(place, 'Tested', data, '"source":"\\u001f😀"', crypto);
      prev = hash;
      return {
        ...event,
        data: JSON.parse(event.data) as JsonObject,
        metadata: JSON.parse(event.metadata) as Record<string, string>,
        stream: place.stream,
        revision,
        position: '',
      };
    });
    write('0000000000000001.log', segmentBytes([events]).bytes);
    expect(verify()).toMatchObject({ status: 0, text: expect.stringContaining('sealed   400 values') });
  });

  it('finds any byte that is another one', () => {
    const { bytes } = segmentBytes(commits(golden));
    const flips = fc.sample(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), FLIPS);
    const folders = flips.map(([at, bits], number) => {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ bits, at);
      mkdirSync(join(folder, String(number)));
      write(`${number}/0000000000000001.log`, changed);
      write(`${number}/end`, endMark(bytes.length));
      return join(folder, String(number));
    });
    // Each ends with the number of its faults.
    const faults = [...verify(...folders).text.matchAll(/^faults +(\d+)$/gm)];
    expect(faults).toHaveLength(FLIPS);
    const unseen = faults.flatMap(([, count], number) => (count === '0' ? [flips[number]] : []));
    expect(unseen).toEqual([]);
  });

  it.each<[string, (events: RecordedEvent[]) => unknown]>([
    ['a value', ([, , , event]) => ((event?.data.params as JsonObject).value = {})],
    ['a member beside a value', ([, , , event]) => ((event?.data.params as JsonObject).more = 1)],
    ['metadata', ([event]) => ((event as RecordedEvent).metadata.principal = 'eve')],
    ['the version', ([event]) => ((event as RecordedEvent).metadata.schema_version = '1')],
    ['metadata that is no text', ([event]) => Object.assign((event as RecordedEvent).metadata, { more: 1 })],
    ['a stream', ([event]) => ((event as RecordedEvent).stream = 'taskIds2')],
    ['a gap', (events) => events.splice(5, 1)],
    ['an event in the place of another', putLaterInPlaceOfEarlier],
  ])('finds %s that was forged with the right checksums', (_, forge) => {
    const events = structuredClone(golden);
    forge(events);
    write('0000000000000001.log', segmentBytes(commits(events)).bytes);
    expect(verify()).toMatchObject({ status: 1, text: expect.stringContaining('FAULT position ') });
  });

  it('finds a segment that is missing, of another place or of another ledger', () => {
    const first = segmentBytes([golden.slice(0, 9)]);
    const second = segmentBytes([golden.slice(9)], first.next);
    write('0000000000000010.log', second.bytes);
    expect(verify()).toMatchObject({ status: 1, text: expect.stringContaining('begins with position 10') });
    write('0000000000000001.log', first.bytes);
    expect(verify().status).toBe(0);
    write('0000000000000010.log', segmentBytes([golden.slice(9)], { ...FIRST_SEGMENT, position: 10 }).bytes);
    const text = expect.stringMatching(/has the base address 0[^]+does not follow the commit before it/);
    expect(verify()).toMatchObject({ status: 1, text });
  });

  it('says when there is nothing to verify', () => {
    expect(verify()).toMatchObject({ status: 2, text: expect.stringContaining('holds no segment') });
  });
});
