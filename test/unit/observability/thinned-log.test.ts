import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { LogFields, Logger } from '../../../shared/core/ports/logger.js';
import { ThinnedLog } from '../../../shared/runtime/observability/thinned-log.js';

/** Of what the lines are is of no importance. */
const event = 'request_unavailable';

let written: { level: string; fields: LogFields; message: string }[];
let log: ThinnedLog;
beforeEach(() => {
  jest.useFakeTimers();
  written = [];
  const write = (level: string) => (fields: LogFields, message: string) =>
    void written.push({ level, fields, message });
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  log = new ThinnedLog(logger);
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a flood', () => {
  it('is one line a second with a count, whatever it is about', () => {
    for (let at = 0; at < 3000; at++) {
      log.warn({ event, err: new UnavailableError('away'), path: `/${at}` }, 'Not now');
      jest.advanceTimersByTime(1);
    }
    jest.advanceTimersByTime(10_000);
    expect(written.length).toBeLessThanOrEqual(4);
    const counted = written.reduce((sum, { fields }) => sum + ((fields.times as number | undefined) ?? 1), 0);
    expect(counted).toBe(3000);
    expect(written[0]).toMatchObject({ level: 'warn', fields: { path: '/0' }, message: 'Not now' });
    expect(written.at(-1)).toMatchObject({ fields: { path: '/2999' } });
  });

  it('does not keep other kinds from being written', () => {
    for (let at = 0; at < 100; at++) {
      log.warn({ event, reason: 'overloaded' }, 'Not now');
      log.warn({ event, reason: 'too_many_readers' }, 'Not now');
      log.error({ event, reason: 'overloaded' }, 'Not now');
    }
    log.info({ event }, 'Something else');
    expect(written).toHaveLength(4);
  });

  it('of ever new kinds is bounded too', () => {
    for (let at = 0; at < 10_000; at++) log.error({ event }, `Parked: ${at}`);
    expect(written.length).toBeLessThan(300);
    jest.advanceTimersByTime(2000);
    log.error({ event }, 'Parked: again');
    expect(written.at(-1)).toMatchObject({ message: 'Parked: again' });
  });

  it('of ever new kinds keeps no other event from being written', () => {
    for (let at = 0; at < 1_000; at++) log.error({ event }, `Parked: ${at}`);
    log.error({ event: 'lease_taken' }, 'Taken');
    expect(written.at(-1)).toMatchObject({ message: 'Taken' });
  });

  it('is told of before the end', () => {
    for (let at = 0; at < 5; at++) log.error({ event }, 'Failed');
    log.flush();
    log.flush();
    expect(written.map(({ fields }) => fields)).toEqual([{ event }, { event, times: 4 }]);
  });
});
