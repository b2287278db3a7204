import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normalTime, shownTime } from '../../../shared/core/contracts/time.js';

const two = (value: number): string => String(value).padStart(2, '0');

describe('normalTime', () => {
  it.each([
    ['2025-03-12T10:00:00Z', '2025-03-12T10:00:00.000Z'],
    ['2025-03-12t10:00:00z', '2025-03-12T10:00:00.000Z'],
    ['2025-03-12T10:00:00+00:00', '2025-03-12T10:00:00.000Z'],
    ['2025-03-12T10:00:00-00:00', '2025-03-12T10:00:00.000Z'],
    ['2025-03-12T10:00:00+05:30', '2025-03-12T04:30:00.000Z'],
    ['2025-03-12T23:59:59-23:59', '2025-03-13T23:58:59.000Z'],
    ['2025-01-01T00:00:00+23:59', '2024-12-31T00:01:00.000Z'],
    ['2025-03-12T10:00:00.1Z', '2025-03-12T10:00:00.100Z'],
    ['2025-03-12T10:00:00.1239Z', '2025-03-12T10:00:00.123Z'],
    ['2025-03-12T10:00:00.999999999Z', '2025-03-12T10:00:00.999Z'],
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000Z'],
    ['2016-12-31T23:59:60.75Z', '2016-12-31T23:59:59.750Z'],
    ['2017-01-01T05:29:60+05:30', '2016-12-31T23:59:59.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0099-01-01T00:00:00Z', '0099-01-01T00:00:00.000Z'],
    ['0001-01-01T00:00:00-00:01', '0001-01-01T00:01:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['0001-01-01T00:00:00+01:00', '0000-12-31T23:00:00.000Z'],
    ['2025-03-12T10:00:00.12345678901234567890Z', '2025-03-12T10:00:00.123Z'],
  ])('takes %s as %s', (text, normal) => {
    expect(normalTime(text)).toBe(normal);
  });

  it.each([
    [''],
    ['now'],
    ['2025-03-12'],
    ['2025-03-12T10:00:00'],
    ['2025-03-12T10:00Z'],
    ['2025-03-12 10:00:00Z'],
    ['2025-03-12T10:00:00.Z'],
    ['2025-03-12T10:00:00,5Z'],
    ['2025-03-12T24:00:00Z'],
    ['2025-03-12T10:60:00Z'],
    ['2025-03-12T10:00:61Z'],
    ['2025-03-12T10:00:00+0530'],
    ['2025-03-12T10:00:00+24:00'],
    ['2025-03-12T10:00:00+05:60'],
    ['2025-00-12T10:00:00Z'],
    ['2025-13-12T10:00:00Z'],
    ['2025-03-00T10:00:00Z'],
    ['2025-03-32T10:00:00Z'],
    ['2025-02-29T00:00:00Z'],
    ['2025-02-31T00:00:00Z'],
    ['2025-02-31T00:00:00.000Z'],
    ['2025-03-12T24:00:00.000Z'],
    ['2025-03-12 10:00:00.000Z'],
    ['Wed, 12 Mar 2025 10:00 Z'],
    ['2024-02-30T00:00:00Z'],
    ['2100-02-29T00:00:00Z'],
    ['2025-04-31T00:00:00Z'],
    ['2025-02-31T23:00:00-05:00'],
    ['9999-12-31T23:59:59-00:01'],
    ['+002025-03-12T10:00:00Z'],
    ['12025-03-12T10:00:00Z'],
    [' 2025-03-12T10:00:00Z'],
    ['2025-03-12T10:00:00Z\n'],
    ['٢٠٢٥-03-12T10:00:00Z'],
  ])('refuses %j', (text) => {
    expect(normalTime(text)).toBeUndefined();
  });

  const anyTime = fc.date({
    min: new Date('0001-01-02T00:00:00Z'),
    max: new Date('9999-12-30T23:59:59.999Z'),
    noInvalidDate: true,
  });

  it('gives back what it gave', () => {
    fc.assert(
      fc.property(anyTime, (date) => {
        expect(normalTime(date.toISOString())).toBe(date.toISOString());
      }),
    );
  });

  it('agrees with Date on any time at any offset', () => {
    const offset = fc.integer({ min: -1439, max: 1439 });
    fc.assert(
      fc.property(anyTime, offset, fc.integer({ min: 0, max: 999_999 }), (date, offsetMinutes, finer) => {
        // The clock on the wall there is our time and the offset; Date.prototype.toISOString writes it down.
        const wall = new Date(date.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1);
        const minutes = Math.abs(offsetMinutes);
        const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
        expect(normalTime(`${wall}${String(finer).padStart(6, '0')}${zone}`)).toBe(date.toISOString());
      }),
      { numRuns: 1000 },
    );
  });

  it('knows the days of each month of each year', () => {
    const year = fc.integer({ min: 1, max: 9999 });
    fc.assert(
      fc.property(year, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 31 }), (y, m, d) => {
        const leap = (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
        const days = m === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(m) ? 30 : 31;
        const day = `${String(y).padStart(4, '0')}-${two(m)}-${two(d)}`;
        expect(normalTime(`${day}T12:00:00Z`)).toBe(d <= days ? `${day}T12:00:00.000Z` : undefined);
        expect(normalTime(`${day}T12:00:00.000Z`)).toBe(d <= days ? `${day}T12:00:00.000Z` : undefined);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('shownTime', () => {
  it('leaves the fraction and the offset out', () => {
    expect(shownTime('2025-03-12T10:00:00.999Z')).toBe('2025-03-12T10:00:00');
  });
});
