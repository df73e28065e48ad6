import type { ClosedRecord, ExchangeOutcome } from '@sallyport/core';
import type { Attributes } from '../otlp/otlp-json.ts';

const FAILED: ReadonlySet<ExchangeOutcome> = new Set(['upstream-failed', 'internal-error']);

/** Whether the gateway could not do what it was asked; what it refuses it has done. */
export function hasFailed({ outcome }: Pick<ClosedRecord, 'outcome'>): boolean {
  return FAILED.has(outcome);
}

/** What the span of an exchange says: who asked stands in the log alone. */
export function exchangeAttributes(record: ClosedRecord): Attributes {
  const { exchange, request, outcome, status, effect, fault, redacted, ms, drill } = record;
  const redactions = Object.values(redacted).reduce((sum, count) => sum + count, 0);
  return {
    'sallyport.exchange': exchange,
    'sallyport.protocol': request?.protocol,
    'sallyport.route': request?.route,
    'sallyport.outcome': outcome,
    'sallyport.effect': effect,
    'sallyport.redactions': redactions === 0 ? undefined : redactions,
    'sallyport.held_seconds': ms.held === 0 ? undefined : ms.held / 1_000,
    'sallyport.drill': drill,
    'http.response.status_code': status,
    'error.type': fault,
  };
}
