import type { ExchangeEndpoint } from '@sallyport/core';

/** Where the requests of these tests go. */
export function endpointFor(operation: 'converse' | 'converse-stream' | 'count-tokens', model = 'm'): ExchangeEndpoint {
  return {
    kind: 'exchange',
    operation,
    method: 'POST',
    upstreamPath: `/model/${encodeURIComponent(model)}/${operation}`,
    model,
    stream: operation === 'converse-stream',
  };
}
