import type { ExchangeEndpoint } from '@sallyport/core';
import type { Operation } from '../endpoints.ts';

/** Where the requests of these tests go. */
export function endpointFor(operation: Operation): ExchangeEndpoint {
  return { kind: 'exchange', operation, method: 'POST', upstreamPath: `/api/${operation}` };
}
