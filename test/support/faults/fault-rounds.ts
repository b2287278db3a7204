/**
 * How many rounds a campaign of faults has: few with every run of the tests, and as many as `FAULT_ROUNDS` says when it is
 * to be thorough.
 */
export function faultRounds(byDefault: number): number {
  const asked = Number(process.env.FAULT_ROUNDS ?? byDefault);
  if (!Number.isInteger(asked) || asked < 1) throw new Error('FAULT_ROUNDS must be an int of 1 or more');
  return asked;
}

/**
 * What the random choices of a campaign begin with: `TEST_SEED`; else the same every time while the rounds are few, so that
 * a change is held to what the last one passed, and another each time in a thorough run, which looks for what is new.
 */
export function faultSeed(): number {
  const { TEST_SEED, FAULT_ROUNDS } = process.env;
  return Number(TEST_SEED ?? (FAULT_ROUNDS === undefined ? 1 : Math.floor(Math.random() * 2 ** 31)));
}

/** Carries out the rounds one after the other, and gathers what each finds; a long run says it as it is found. */
export async function inRounds(count: number, round: (at: number) => Promise<string[]>): Promise<string[]> {
  const faults: string[] = [];
  for (let at = 0; at < count; at++) {
    for (const fault of await round(at)) {
      faults.push(fault);
      process.stderr.write(`Round ${at}: ${fault}\n`);
    }
  }
  return faults;
}
