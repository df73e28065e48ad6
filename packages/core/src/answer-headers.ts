import type { ProviderAnswer } from './provider.ts';

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
