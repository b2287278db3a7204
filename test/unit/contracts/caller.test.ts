import { describe, expect, it } from '@jest/globals';
import {
  ANONYMOUS_CALLER,
  isCheckName,
  isPrincipal,
  isSameCaller,
  RIGHTS,
  type Caller,
} from '../../../shared/core/contracts/caller.js';

describe('who asks', () => {
  it.each(['anonymous', 'ana', 'Ána Ünal <ana@example.com>', '100% 😀', 'x'.repeat(256)])(
    'may be %s',
    (principal) => {
      expect(isPrincipal(principal)).toBe(true);
    },
  );

  it.each([
    '',
    ' ',
    ' ana',
    'ana ',
    'a\nb',
    'a\r\nTaskledger-Rights: cancel',
    'a\u0000',
    'a\u2028b',
    'a\u202eb',
    '\ud800',
    'x'.repeat(257),
  ])('can not be %j', (principal) => {
    expect(isPrincipal(principal)).toBe(false);
  });

  it('was checked by something that has a short name', () => {
    for (const name of ['none', 'token', 'oidc-2', 'x'.repeat(32)]) expect(isCheckName(name)).toBe(true);
    for (const name of ['', 'Token', '2fa', 'a b', 'ö', 'token\n', 'x'.repeat(33)])
      expect(isCheckName(name)).toBe(false);
  });

  it('is the same one who may do the same', () => {
    const other = (over: Partial<Caller>): Caller => ({ ...ANONYMOUS_CALLER, ...over });
    expect(isSameCaller(ANONYMOUS_CALLER, other({ rights: [...RIGHTS].reverse() }))).toBe(true);
    for (const over of [
      { principal: 'ana' },
      { authenticatedBy: 'token' },
      { rights: [] },
      { rights: ['publish', 'read'] as const },
    ]) {
      expect(isSameCaller(ANONYMOUS_CALLER, other(over))).toBe(false);
      expect(isSameCaller(other(over), ANONYMOUS_CALLER)).toBe(false);
    }
  });
});
