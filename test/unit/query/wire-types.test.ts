import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { WIRE_FILES, wireTypes } from '../../../scripts/wire-types.js';

describe('the types of what goes over the wire', () => {
  it.each(WIRE_FILES)('are in %s as the description has them (npm run wire-types)', (file) => {
    expect(readFileSync(file, 'utf8')).toBe(wireTypes());
  });
});
