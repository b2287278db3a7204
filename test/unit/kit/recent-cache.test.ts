import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RecentCache } from '../../../shared/kit/recent-cache.js';

describe('the cache of what was used lately', () => {
  it('never gives another value than the last that was set, whatever it forgets', () => {
    const step = fc.tuple(
      fc.constantFrom('get', 'set', 'delete'),
      fc.integer({ min: 0, max: 20 }),
      fc.nat(5),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const cache = new RecentCache<number, number>(12);
        const all = new Map<number, number>();
        steps.forEach(([what, key, weight], value) => {
          if (what === 'set') {
            cache.set(key, value, weight);
            all.set(key, value);
          } else if (what === 'delete') {
            cache.delete(key);
            all.delete(key);
          } else {
            expect([undefined, all.get(key)]).toContain(cache.get(key));
          }
        });
      }),
    );
  });

  it('keeps what is used and forgets the rest', () => {
    const cache = new RecentCache<string, number>(10);
    cache.set('used', 1);
    for (let other = 0; other < 100; other++) {
      expect(cache.get('used')).toBe(1);
      cache.set(`other ${other}`, other);
    }
    expect(cache.get('other 0')).toBeUndefined();
    expect(
      Array.from({ length: 100 }, (_, other) => cache.get(`other ${other}`)).filter(Boolean).length,
    ).toBeLessThan(10);
  });

  it('weighs: one heavy entry drives out many light ones', () => {
    const cache = new RecentCache<string, number>(10);
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, 1);
    cache.set('heavy', 2, 100);
    cache.set('heavier', 3, 100);
    expect(['a', 'b', 'c', 'd', 'heavy', 'heavier'].filter((key) => cache.get(key) !== undefined)).toContain(
      'heavier',
    );
    expect(cache.get('a')).toBeUndefined();
  });
});
