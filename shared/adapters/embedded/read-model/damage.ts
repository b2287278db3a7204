/** What is kept is not what was written, and whom it concerns can't be told: all of it is made again from the ledger. */
export class DamagedStoreError extends Error {}
