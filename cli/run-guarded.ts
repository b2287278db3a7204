import { checkOpenFiles } from './check-open-files.js';
import { endWith, guardOutput } from './guard-output.js';

/** Runs the program. Whatever ends it early is said on one line, and no secret is in what is printed. */
export async function runGuarded(): Promise<void> {
  guardOutput();
  try {
    checkOpenFiles();
    // Loaded only now, so that what can't be loaded is said in the same way.
    const { runProgram } = await import('./program.js');
    await runProgram();
  } catch (error) {
    endWith(error);
  }
}
