/** Takes in what comes from the stream, which says for itself what could not be taken in, once for all of it. */
export const STREAM_INGEST = Symbol('EventIngest of the stream');
