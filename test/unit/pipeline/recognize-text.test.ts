import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT_ROOT } from '../../../examples/pipeline/project-root.js';
import { recognizeText } from '../../../examples/pipeline/recognize-text.js';

const NEVER = new AbortController().signal;
const inExample = (name: string): string => join(PROJECT_ROOT, 'examples/pipeline', name);

describe('recognizeText', () => {
  it('reads a real image from packages on disk alone', async () => {
    const progress: number[] = [];
    const found = await recognizeText(inExample('scan.png'), (done) => progress.push(done), NEVER);
    expect(found.text).toBe(
      [
        'Every background job, on the record.',
        'Pipelines publish what happens to',
        'their tasks. The ledger keeps it.',
        'Invoice 2025-03-12, total 42.50 EUR',
      ].join('\n'),
    );
    expect(found).toMatchObject({ lines: 4, words: 22 });
    expect(found.confidence).toBeGreaterThan(80);
    expect(progress.at(-1)).toBe(100);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it('fails with the true reason for a broken image, no image and no file', async () => {
    const read = (name: string) => recognizeText(inExample(name), () => {}, NEVER);
    await expect(read('broken-scan.png')).rejects.toThrow(
      'Error attempting to read image. (libpng error: Read Error)',
    );
    await expect(read('ocr.txt')).rejects.toThrow('ENOENT');
    const noImage = recognizeText(join(PROJECT_ROOT, 'LICENSE'), () => {}, NEVER);
    await expect(noImage).rejects.toThrow('Error attempting to read image.');
  });

  it('stops on its way when it is told to', async () => {
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const stop = (done: number): void => {
      if (done > 0) controller.abort(reason);
    };
    const reading = recognizeText(inExample('scan.png'), stop, controller.signal);
    await expect(reading).rejects.toBe(reason);
  });
});
