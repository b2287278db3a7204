import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { withoutNulls } from '../../../shared/core/contracts/left-out.js';

const schema = z.strictObject({
  needed: z.string(),
  optional: z.string().optional(),
  nullable: z.string().nullable(),
  inner: z.strictObject({ optional: z.string().optional(), other: z.string().nullable() }),
});

describe('withoutNulls', () => {
  it('leaves out null where the member may be left out, and nowhere else', () => {
    const value = {
      needed: null,
      optional: null,
      nullable: null,
      inner: { optional: null, other: null },
      unknown: null,
    };
    expect(withoutNulls(value, schema)).toEqual({
      needed: null,
      nullable: null,
      inner: { other: null },
      unknown: null,
    });
  });

  it.each([[null], [[]], ['text'], [7]])('gives back %j, which is no object', (value) => {
    expect(withoutNulls(value, schema)).toBe(value);
  });
});
