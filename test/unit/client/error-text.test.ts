import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { cutText } from '../../../clients/typescript/src/cut-text.js';
import { errorText } from '../../../clients/typescript/src/error-text.js';
import { HARD_VALUES } from '../../support/hard-values.js';

const dns = Object.assign(new Error('getaddrinfo ENOTFOUND papers.example'), { code: 'ENOTFOUND' });
const refused = (address: string): Error =>
  Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED' });
const both = new AggregateError([refused('::1:80'), refused('127.0.0.1:80')]);

function chain(length: number): Error {
  return length === 1 ? new Error('<1>') : new Error(`<${length}>`, { cause: chain(length - 1) });
}

describe('errorText', () => {
  it.each<[string, unknown]>([
    ['disk full', new Error('disk full')],
    ['disk full', 'disk full'],
    ['fetch failed: getaddrinfo ENOTFOUND papers.example', new TypeError('fetch failed', { cause: dns })],
    [
      'fetch failed: connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80',
      new TypeError('fetch failed', { cause: Object.assign(both, { code: 'ECONNREFUSED' }) }),
    ],
    ['no read: quota', new Error('no read: quota', { cause: new Error('quota') })],
    ['not sent (EPIPE)', Object.assign(new Error('not sent'), { code: 'EPIPE' })],
    ['Command failed (2)', Object.assign(new Error('Command failed'), { code: 2 })],
    ['EPIPE', Object.assign(new Error(''), { code: 'EPIPE' })],
    ['not sent: {"status":502}', new Error('not sent', { cause: { status: 502 } })],
    ['not sent: because', new Error('not sent', { cause: 'because' })],
    ['all failed: one; 2', new AggregateError([new Error('one'), 2], 'all failed')],
    [
      'first; second',
      Object.assign(new Error(''), { name: 'SuppressedError', error: 'first', suppressed: 'second' }),
    ],
    ['Aborted', new DOMException('Aborted', 'AbortError')],
    ['TypeError without a message', new TypeError()],
    ['{"status":404}', Object.assign(new Error('x'), { message: { status: 404 } })],
    ['404', Object.assign(new Error('x'), { message: 404 })],
    ['no such page (NO_PAGE)', { message: 'no such page', code: 'NO_PAGE' }],
    ['Thrown: {"status":404}', { status: 404 }],
    ['Thrown: {}', Object.create(null)],
    ['Thrown: undefined', undefined],
    ['Thrown: null', null],
    ['Thrown: ""', ''],
    ['Thrown: 42', 42],
    ['Thrown: 5', 5n],
    ['Thrown: [Symbol(s)]', Symbol('s')],
    ['Thrown: [function stop]', function stop() {}],
    ['<3>: <2>: <1>', chain(3)],
  ])('says %j', (text, thrown) => {
    expect(errorText(thrown)).toBe(text);
  });

  it('tells of so many causes, and of so many errors together, and that there are more', () => {
    expect(errorText(chain(100))).toMatch(/^<100>: .*<71>: and so on$/);
    const many = new AggregateError(new Array(1_000).fill('one'), 'all failed');
    expect(errorText(many)).toMatch(/^all failed: one; .*one; and 970 more$/);
  });

  // Longer than this, Taskledger would cut it once more.
  const isFine = (text: string): boolean =>
    text !== '' && text.isWellFormed() && Buffer.byteLength(JSON.stringify(text)) <= 64 * 1024 + 2;

  it.each(HARD_VALUES)('is a text that Taskledger takes for %s', (_, make) => {
    for (const thrown of [make(), new Error('x', { cause: make() }), new AggregateError([make()])])
      expect(isFine(errorText(thrown))).toBe(true);
    expect(isFine(errorText(Object.assign(new Error('x'), { message: make(), code: make() })))).toBe(true);
  });

  it('is a text that Taskledger takes, whatever was thrown', () => {
    fc.assert(fc.property(fc.anything(), (thrown) => isFine(errorText(thrown))));
  });
});

describe('cutText', () => {
  it.each([
    ['🙂', 4],
    ['\u0001', 6],
    ['\n', 2],
    ['\ud800', 3],
  ])(
    'cuts between characters such as %j, at the bytes of JSON it is given, and says so',
    (character, bytes) => {
      for (let shift = 0; shift < bytes; shift++) {
        const cut = cutText(`${'x'.repeat(shift)}${character.repeat(1_000)}`, 1_024);
        expect(cut.isWellFormed()).toBe(true);
        expect(cut).toMatch(/^x*([^x])\1+… \[cut to 1024 bytes\]$/u);
        const length = Buffer.byteLength(JSON.stringify(cut)) - 2;
        expect(length).toBeGreaterThan(1_024 - bytes);
        expect(length).toBeLessThanOrEqual(1_024);
      }
    },
  );

  it('leaves what fits, but for halves of surrogate pairs', () => {
    expect(cutText('ä'.repeat(512), 1_024)).toBe('ä'.repeat(512));
    expect(cutText('a\ud83db\ude42', 1_024)).toBe('a\ufffdb\ufffd');
    expect(cutText('x'.repeat(1_025), 1_024)).toContain('[cut');
    expect(cutText('ä'.repeat(513), 1_024)).toContain('[cut');
    expect(cutText('"'.repeat(513), 1_024)).toContain('[cut');
  });
});
