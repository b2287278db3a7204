/** What a run of the bench is given on the command line. */
export interface BenchOptions {
  /** A folder with another built version of the program, for what is measured against it in turns. */
  baseline?: string;
  /** How many tasks the large figures have. */
  tasks: number;
  /** How many events wait where a backlog is worked off. */
  backlog: number;
}
