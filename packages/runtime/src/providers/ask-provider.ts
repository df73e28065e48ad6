import { isFault, type Provider, type StopSignal } from '@sallyport/core';
import type { AskedAnswer, PreparedAsk } from '@sallyport/protocols';

/** What came of a question of our own, or why nothing did. */
export type Asked = Answered | { readonly reason: 'provider-failed' | 'malformed' };
export type Answered = Exclude<ReturnType<AskedAnswer['end']>, { readonly fault: unknown }>;

/**
 * Puts a question of our own to a provider: no client's, so it is neither inspected nor counted for one.
 * @throws {SallyportError} what `Provider.send()` and its body throw
 */
export async function askProvider(
  provider: Pick<Provider, 'send'>,
  { call, read }: PreparedAsk,
  signal: StopSignal,
): Promise<Asked> {
  const { status, headers, body } = await provider.send({ ...call, signal });
  if (status !== 200) return { reason: 'provider-failed' };
  const given = headers['content-type'];
  const contentType = (typeof given === 'string' ? given : '').split(';')[0]?.trim().toLowerCase() ?? '';
  const answer = read({ status, contentType });
  for await (const bytes of body) {
    if (answer.push(bytes) !== undefined) return { reason: 'malformed' };
  }
  const whole = answer.end();
  return isFault(whole) ? { reason: 'malformed' } : whole;
}
