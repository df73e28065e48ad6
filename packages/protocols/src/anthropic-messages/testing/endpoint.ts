import type { ExchangeEndpoint } from '@sallyport/core';

/** Where the requests of these tests go. */
export const ENDPOINT: ExchangeEndpoint = {
  kind: 'exchange',
  operation: 'messages',
  method: 'POST',
  upstreamPath: '/v1/messages',
};
