import { UnavailableError } from '../../core/contracts/errors.js';

/** Somebody has removed or replaced what this process has written: what is left can't be told to be whole. */
export class DataGoneError extends UnavailableError {}
