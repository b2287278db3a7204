/** Where seals are left outside of the ledger, so that an end that is cut off is missed. */
export interface SealOutlet {
  /** Which it is, for the log; without secrets. */
  readonly name: string;
  /** The seal that was left there last, where it can be looked up; `undefined` while there is none. */
  last?(): Promise<string | undefined>;
  /**
   * Leaves a seal there. One that was left there last is not left again.
   *
   * @throws Error when that did not succeed for sure; it may be tried again.
   */
  leave(note: string): Promise<void>;
}
