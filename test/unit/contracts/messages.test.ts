import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  BrokenStreamError,
  CorruptStoreError,
  InvalidRequestError,
  InvalidSettingError,
  TaskledgerError,
  UnavailableError,
} from '../../../shared/core/contracts/errors.js';
import { describeIssue } from '../../../shared/core/contracts/issues.js';
import { cancelRequestSchema } from '../../../shared/core/contracts/messages.js';

/** The sentence with which a schema refuses a value. */
function sentence(schema: z.ZodType, value: unknown, prefix?: string): string | undefined {
  const { error } = schema.safeParse(value);
  return error && describeIssue(error, prefix);
}

describe('a request to cancel', () => {
  const request = { task_id: 42, command_id: 'c-1' };

  it('is read whole', () => {
    const whole = { ...request, reason: 'no longer needed', actor: 'ana' };
    expect(cancelRequestSchema.parse(whole)).toEqual(whole);
    expect(cancelRequestSchema.parse(request)).toEqual(request);
    expect(sentence(cancelRequestSchema, { ...request, reason: '', actor: 'a' })).toBeUndefined();
  });

  it('cuts a reason that is too long: it is no cause not to cancel', () => {
    const { reason } = cancelRequestSchema.parse({ ...request, reason: 'x'.repeat(30_000) });
    expect(reason).toMatch(/^x{20000,}… \[cut: 30000 bytes in all\]$/);
  });

  it.each([
    [null, 'The value must be an object'],
    [[], 'The value must be an object'],
    ['42', 'The value must be an object'],
    [{}, 'task_id: must be a positive int'],
    [{ ...request, task_id: '42' }, 'task_id: must be a positive int'],
    [{ ...request, task_id: 0 }, 'task_id: must be a positive int'],
    [{ task_id: 42 }, 'command_id: must be a string of 1 to 512 characters'],
    [{ ...request, command_id: '' }, 'command_id: must be a string of 1 to 512 characters'],
    [{ ...request, reason: 7 }, 'reason: must be a string'],
    [{ ...request, actor: '' }, 'actor: must be a string of 1 to 256 characters'],
    [{ ...request, force: true }, 'Unknown member "force"'],
  ])('%j: %s', (value, message) => {
    expect(sentence(cancelRequestSchema, value)).toBe(message);
  });
});

describe('describeIssue', () => {
  const schema = z.strictObject({ list: z.array(z.strictObject({ n: z.int({ error: 'must be an int' }) })) });

  it('names the whole way to the member', () => {
    expect(sentence(schema, { list: [{ n: 1 }, { n: 'x' }] })).toBe('list.1.n: must be an int');
    expect(sentence(schema, { list: [{ n: 'x' }] }, 'data')).toBe('data.list.0.n: must be an int');
  });

  it('names members that are not known, and where', () => {
    expect(sentence(schema, { list: [], a: 1, 'b"': 2 })).toBe('Unknown member "a", "b\\""');
    expect(sentence(schema, { list: [{ n: 1, m: 2 }] }, 'data')).toBe('Unknown member "m" in data.list.0');
  });

  it('says where an object should be', () => {
    expect(sentence(schema, { list: [7] }, 'data')).toBe('data.list.0: must be an object');
    expect(sentence(schema, 7, 'data')).toBe('data: must be an object');
    expect(sentence(schema, undefined)).toBe('The value must be an object');
  });

  it('has a sentence even for an error that says nothing', () => {
    expect(describeIssue(new z.ZodError([]))).toBe('The value is not allowed');
  });
});

describe('errors', () => {
  it.each([
    [new InvalidRequestError('x'), 'invalid_request', 'InvalidRequestError'],
    [new UnavailableError('x'), 'unavailable', 'UnavailableError'],
    [new CorruptStoreError('x'), 'corrupt_store', 'CorruptStoreError'],
    [new InvalidSettingError('x'), 'invalid_setting', 'InvalidSettingError'],
    [new TaskledgerError('conflict', 'x'), 'conflict', 'TaskledgerError'],
  ] as const)('%s has a stable code', (error, code, name) => {
    expect(error).toBeInstanceOf(TaskledgerError);
    expect(error).toMatchObject({ code, name, message: 'x' });
  });

  it('of a broken stream says what is wrong, and what that means', () => {
    expect(new BrokenStreamError('task-1@2: the hash is not that of the event')).toMatchObject({
      code: 'broken_stream',
      message:
        'The record does not verify (task-1@2: the hash is not that of the event); it takes no more events',
    });
  });

  it('keep their cause', () => {
    const cause = new Error('ECONNREFUSED');
    expect(new UnavailableError('The ledger is away', { cause }).cause).toBe(cause);
  });
});
