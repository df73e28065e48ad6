import { type JsonNode, memberOf } from '@sallyport/wire';

/**
 * The most tokens that an answer may have, where a request says so: under several names, the largest of them, since which
 * one its provider goes by is the provider's own affair. Numbers may come as strings.
 */
export function mostOutput(
  holder: JsonNode | undefined,
  names: readonly string[],
): { readonly maxOutputTokens?: number } {
  let most = -1;
  for (const name of names) {
    const value = memberOf(holder, name);
    const said = value?.kind === 'number' || value?.kind === 'string' ? Number(value.value) : -1;
    if (Number.isSafeInteger(said) && said > most) most = said;
  }
  return most < 0 ? {} : { maxOutputTokens: most };
}
