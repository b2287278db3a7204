import process from 'node:process';

/**
 * Loaded before the program (`NODE_OPTIONS=--import …`): SIGUSR2 has the time of day jump an hour ahead, and the next one back.
 */
const HOUR_MS = 3_600_000;
const now = Date.now;
let aheadMs = 0;
Date.now = () => now() + aheadMs;
process.on('SIGUSR2', () => {
  aheadMs = HOUR_MS - aheadMs;
});
