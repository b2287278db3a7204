import { describe, expect, it } from '@jest/globals';
import { systemLimitOf } from '../../../shared/core/contracts/system-limits.js';

describe('a limit of the system', () => {
  it.each([
    [Object.assign(new Error('open'), { code: 'EMFILE' }), 'files'],
    [Object.assign(new Error('open'), { code: 'ENFILE' }), 'files'],
    [
      Object.assign(new Error('Worker initialization failure: EMFILE'), { code: 'ERR_WORKER_INIT_FAILED' }),
      'files',
    ],
    [new Error('Too many open files'), 'files'],
    [new Error('Cannot allocate memory: Attempting to setup locks after open'), 'memory'],
    [Object.assign(new Error('mmap'), { code: 'ENOMEM' }), 'memory'],
    [Object.assign(new Error('Worker terminated'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }), 'memory'],
    [new RangeError('Array buffer allocation failed'), 'memory'],
    [new Error('The ledger', { cause: new Error('EMFILE: too many open files') }), 'files'],
  ])('is known by what is said of it: %s', (error, limit) => {
    expect(systemLimitOf(error)).toContain(limit);
  });

  it.each([
    new Error('ENOENT: no such file'),
    Object.assign(new Error('no'), { code: 'EACCES' }),
    'EMFILE',
    undefined,
  ])('is not taken for one: %s', (error) => {
    expect(systemLimitOf(error)).toBeUndefined();
  });
});
