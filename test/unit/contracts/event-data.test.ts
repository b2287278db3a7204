import { describe, expect, it } from '@jest/globals';
import { DEFAULT_TASK_TYPES } from '../../../shared/core/contracts/fields.js';
import { lifecycleEventParser } from '../../../shared/core/contracts/lifecycle-events.js';

const parse = lifecycleEventParser(DEFAULT_TASK_TYPES);

function event(over: object): object {
  return { specversion: '1.0', id: 'e', source: '/s', type: 'task.started', subject: 'k', ...over };
}

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');

describe('the data of an event', () => {
  it.each([
    { data: { total: 3 } },
    { data_base64: base64('{"total":3}') },
    { data: null, data_base64: base64(' {"total":3}') },
  ])('may be %j', (said) => expect(parse(event(said)).command.facts).toEqual({ total: 3 }));

  it.each([
    [{ data: {}, data_base64: base64('{}') }, "data and data_base64 can't both be given"],
    [{ data_base64: 7 }, 'data_base64 must be base64'],
    [{ data_base64: 'e30' }, 'data_base64 must be base64'],
    [{ data_base64: 'e3 0' }, 'data_base64 must be base64'],
    [{ data_base64: base64('{"total":9007199254740993}') }, 'data: '],
    [{ data_base64: base64('{"total":1,"total":2}') }, 'data: Malformed JSON: duplicate member'],
    [{ data_base64: base64(new Uint8Array([0x22, 0xff, 0x22])) }, 'a byte that is no UTF-8'],
    [{ data_base64: base64('{"total":"x"}') }, 'data.total: must be an int'],
  ])('may not be %j', (said, why) => expect(() => parse(event(said))).toThrow(why));

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'text/json',
    'Application/Vnd.Acme.Task+JSON',
  ])('may be of the type %s', (datacontenttype) =>
    expect(parse(event({ datacontenttype })).type).toBe('task.started'),
  );

  it.each(['text/plain', 'application/xml', '+json', 'application/jsonx', 'a/b+json c', 'json'])(
    'may not be of the type %s',
    (datacontenttype) => {
      expect(() => parse(event({ datacontenttype }))).toThrow(
        'datacontenttype: must be application/json, text/json or a type that ends in +json',
      );
    },
  );
});
