#!/usr/bin/env -S node --max-semi-space-size=64 --min-semi-space-size=32 --v8-pool-size=1
import { setFlagsFromString } from 'node:v8';

// After some thousand events V8 would allocate what lives for one request among what lives long, and each scavenge then
// took ten times as long (measured on Node 20: lists and details at two thirds of their rate).
setFlagsFromString('--no-allocation-site-pretenuring');

try {
  const { runGuarded } = await import('./run-guarded.js');
  await runGuarded();
} catch (error) {
  // Not even its files could be opened.
  process.stderr.write(`taskledger: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
