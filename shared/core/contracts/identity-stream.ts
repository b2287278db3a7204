/** The stream whose first event says which ledger this is, on an engine that has no identity of its own. */
export const IDENTITY_STREAM = 'ledgerIdentity';

/** The type of that event; its `ledger_id` is a UUID. */
export const IDENTITY_TYPE = 'LedgerIdentified';
