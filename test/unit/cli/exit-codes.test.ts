import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { EXIT_MEANINGS } from '../../../cli/exit-codes.js';

describe('the exit codes', () => {
  it('are those of docs/cli.md', async () => {
    const [, section] = /^## Exit codes\n([^]*?)^## /m.exec(await readFile('docs/cli.md', 'utf8')) ?? [];
    const rows = [...(section ?? '').matchAll(/^\| ([\d +n]+?) *\| (.*?) *\|$/gm)].map(([, code, text]) => [
      code,
      text,
    ]);
    expect(rows).toEqual(EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]));
  });

  it('are different ones', () => {
    expect(new Set(EXIT_MEANINGS.map(([code]) => code)).size).toBe(EXIT_MEANINGS.length);
  });
});
