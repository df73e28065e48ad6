import type { ProviderAnswer } from './provider.ts';
import { coverageOf } from './receipt.ts';
import type { Receipt } from './recorded-decision.ts';
import type { RecordedSession } from './sessions.ts';
import type { Effect } from './vocabulary.ts';

/** Headers of an answer that no longer hold, and those by which a provider would act on its reader beyond the answer. */
const NOT_PASSED = new Set([
  'alt-svc',
  'clear-site-data',
  'content-encoding',
  'content-length',
  'location',
  'refresh',
  'set-cookie',
  'set-cookie2',
]);

/** The provider's headers, less what no longer holds and what only we may say. */
export function passedHeaders(answer: Pick<ProviderAnswer, 'headers'> | undefined): ProviderAnswer['headers'] {
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(answer?.headers ?? {})) {
    if (!NOT_PASSED.has(name) && !name.startsWith('x-sallyport-')) headers[name] = value;
  }
  return headers;
}

/** Lower case, without parameters; empty when there is none. */
export function contentTypeOf(headers: ProviderAnswer['headers']): string {
  const declared = headers['content-type'];
  const [type = ''] = (typeof declared === 'string' ? declared : (declared?.[0] ?? '')).split(';');
  return type.trim().toLowerCase();
}

/** The pieces as one; those that lie one behind the other in memory already are not copied. */

export interface ToldMarks {
  readonly effect: Effect;
  readonly receipt: Receipt;
  readonly session: RecordedSession | undefined;
  /** Those that the client may see. */
  readonly policies: readonly string[];
}

/** What headers of the gateway's own tell a client of its exchange. */
export function answerMarks(
  exchange: string,
  { effect, receipt, session, policies }: ToldMarks,
): Record<string, string> {
  return {
    'x-sallyport-exchange': exchange,
    'x-sallyport-decision': effect,
    'x-sallyport-receipt': coverageOf(receipt),
    ...(session !== undefined && { 'x-sallyport-session': session.id }),
    ...(policies.length > 0 && { 'x-sallyport-policies': policies.join(',') }),
  };
}
