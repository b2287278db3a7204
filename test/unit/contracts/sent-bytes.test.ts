import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { parseSentJson, RefusedJson } from '../../../shared/core/contracts/json-items.js';
import { sentText } from '../../../shared/core/contracts/sent-text.js';
import { traceparentOf, withTraceparent } from '../../../shared/core/contracts/traceparent.js';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (unit) => unit.charCodeAt(0));

describe('bytes that are no UTF-8', () => {
  it('refuse only the event that they stand in', () => {
    const items = parseSentJson(sentText(latin1('[{"id":"a"},{"id":"b","key":"caf\xe9"},{"id":"c"},\xff]')));
    const [a, b, c, d] = items as [object, RefusedJson, object, RefusedJson];
    expect([a, c]).toEqual([{ id: 'a' }, { id: 'c' }]);
    expect(b.message).toContain('"key" holds a lone surrogate or a byte');
    expect(d.message).toContain('Malformed JSON');
  });

  it('are found among whatever is UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (some) => {
        const text = some.replaceAll('\ufeff', '');
        const bytes = Buffer.from(text);
        const [before, after] = [bytes.toString(), bytes.toString()];
        const marked = sentText(Buffer.concat([bytes, latin1('\xe9'), bytes]));
        expect(marked.startsWith(before) && marked.endsWith(after)).toBe(true);
        expect(marked.slice(before.length, marked.length - after.length)).toMatch(/^x?(\\ud800){1,2}$/);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const back = sentText(bytes);
        expect(back.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('a byte that is no UTF-8', () => {
  it.each(['"x\\\xe9"', '"\\ud83d\xe9"', '"\xe9\\udc00"', '"\xe9"', '\xe9', '{"\xe9":1}'])(
    'makes nothing that is taken out of what stands beside it: %j',
    (text) => expect(() => parseSentJson(sentText(latin1(text)))).toThrow(InvalidRequestError),
  );

  it('makes no text of what has more of them than a text has', () => {
    expect(() => sentText(latin1('\xe9 '.repeat(2_000)))).toThrow('The body is not UTF-8');
    expect(sentText(latin1('\xe9'.repeat(2_000)))).toBe(String.raw`\ud800`);
  });
});

describe('what ends a task', () => {
  it.each([
    [
      'task.failed',
      '{"error_message":"caf\\udce9 \\ud83d\\ude00 \\\\ud800"}',
      { error_message: 'caf\ufffd 😀 \\ud800' },
    ],
    [
      'task.completed',
      '{"result":{"\\ud800":["\\udfff\\ud800"]}}',
      { result: { '\ufffd': ['\ufffd\ufffd'] } },
    ],
    ['task.cancelled', '{"reason":"\\uD8AB"}', { reason: '\ufffd' }],
  ])('is not kept from it by half a character: %s', (type, data, read) => {
    const text = `{"type":"${type}","data":${data}}`;
    expect(parseSentJson(text)).toEqual({ type, data: read });
    expect(parseSentJson(`[${text},1e400]`)).toEqual([{ type, data: read }, expect.any(RefusedJson)]);
  });

  it('is refused for whatever else JSON does not carry', () => {
    const text = '{"type":"task.failed","data":{"error_message":"\\ud800","error_message":""}}';
    expect(() => parseSentJson(text)).toThrow('duplicate member');
  });
});

it('a trace is not given to what is no event', () => {
  const traceparent = traceparentOf('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  const refused = new RefusedJson('why', '{}');
  expect(withTraceparent(refused, traceparent)).toBe(refused);
  expect(withTraceparent({ id: 'a' }, traceparent)).toEqual({ id: 'a', traceparent });
  expect(withTraceparent({ traceparent: 'own' }, traceparent)).toEqual({ traceparent: 'own' });
  expect(traceparentOf('00-00000000000000000000000000000000-b7ad6b7169203331-01')).toBeUndefined();
  const full = Object.fromEntries(Array.from({ length: 36 }, (_, at) => [`x${at}`, 'y']));
  expect(withTraceparent(full, traceparent)).toBe(full);
  expect(traceparentOf('ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')).toBeUndefined();
});
