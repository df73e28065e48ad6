import type { AlertRecord, AlertStep } from '@sallyport/core';
import type { Alert } from './alert-book.ts';

/** What a sink is told of one step of an alert: names and numbers, never content. */
export interface AlertMessage {
  /** The same each time that it is sent. */
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  readonly step: AlertStep;
  readonly alert: Omit<Alert, 'settled'>;
  readonly suppressed?: number;
  /** Who acknowledged or resolved it. */
  readonly by?: string;
}

export function alertMessage({ step, at, suppressed, by }: AlertRecord, alert: Alert): AlertMessage {
  const { settled: _settled, ...told } = alert;
  // One alert has one step of a kind in a millisecond: steps come one after the other.
  const id = `msg_${alert.id.slice('alr_'.length)}_${step}_${Date.parse(at)}`;
  return {
    id,
    at,
    step,
    alert: told,
    ...(suppressed !== undefined && { suppressed }),
    ...(by !== undefined && { by: by.id }),
  };
}
