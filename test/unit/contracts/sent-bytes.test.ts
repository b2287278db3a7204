import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSentJson, RefusedJson } from '../../../shared/contracts/json-items.js';
import { traceparentOf, withTraceparent } from '../../../shared/contracts/traceparent.js';
import { sentText } from '../../../shared/contracts/sent-text.js';

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
        expect(sentText(Buffer.concat([bytes, latin1('\xe9'), bytes]))).toBe(
          `${bytes.toString()}\\udce9${bytes.toString()}`,
        );
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const back = sentText(bytes).replace(/\\udc(..)/g, '');
        expect(back.isWellFormed()).toBe(true);
      }),
    );
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
  expect(traceparentOf('ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')).toBeUndefined();
});
