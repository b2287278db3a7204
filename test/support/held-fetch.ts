import { expect } from '@jest/globals';

/** Where tests ask a Taskledger; elsewhere they ask doubles of it. */
const ASKING = /\/test\/(?:e2e|contract|unit\/query)\//;

// Before each of those, so that every answer that it fetches is held to the description of the API.
if (ASKING.test(expect.getState().testPath ?? '')) {
  const { holdToOpenApi } = await import('./hold-to-openapi.js');
  const fetched = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await fetched(input, init);
    const { method, url } = input instanceof Request ? input : { method: 'GET', url: input };
    await holdToOpenApi(init?.method ?? method, new URL(url).pathname, response);
    return response;
  };
}
