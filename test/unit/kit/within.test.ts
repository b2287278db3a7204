import { expect, it } from '@jest/globals';
import { within } from '../../../shared/kit/within.js';

const late = (): Error => new Error('too late');
const never = new Promise<never>(() => undefined);

it('is what the promise comes to', async () => {
  expect(await within(Promise.resolve(7), 1_000, late)).toBe(7);
  await expect(within(Promise.reject(new Error('broken')), 1_000, late)).rejects.toThrow('broken');
});

it('is too late when the time is over', async () => {
  await expect(within(never, 1, late)).rejects.toThrow('too late');
});
