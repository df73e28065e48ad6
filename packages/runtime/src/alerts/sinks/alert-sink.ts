import type { AlertMessage } from '../alert-message.ts';

/** A message as one receiver takes it. */
export interface AlertPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How one kind of receiver is told. @param nowMs milliseconds since 1970, of this try */
export type AlertWriter = (message: AlertMessage, nowMs: number) => AlertPost;
