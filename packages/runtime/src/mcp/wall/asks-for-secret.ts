import type { McpRequest } from '@sallyport/mcp';
import { type JsonNode, memberOf, stringOf, walkTexts } from '@sallyport/wire';
import words from './secret-words.json' with { type: 'json' };

/** What is read of a form, characters; of a longer one nobody can say that it asks for nothing secret. */
export const FORM_MAX_CHARS = 65_536;

/** The same letters for the same word, however it is dressed: no marks, no case, one space for whatever joins words. */
function plain(text: string): string {
  const split = text.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ');
  const bare = split
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase();
  return ` ${bare.replaceAll(/[^\p{L}\p{N}]+/gu, ' ').trim()} `;
}

const WORDS = words.map((word) => plain(word).trim());
/** Scripts that put no spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/**
 * Whether a server asks a person for a secret in a form, which the specification forbids (elicitation, form mode): by what its fields
 * are called, or by what it says. A page of the server's own (mode `url`) is where such things belong. Cost: O(length).
 */
export function asksForSecret({ params, text }: McpRequest): boolean {
  if (stringOf(params, 'mode') === 'url') return false;
  if (text.length > FORM_MAX_CHARS) return true;
  const said: string[] = [stringOf(params, 'message') ?? ''];
  const schema: JsonNode | undefined = memberOf(params, 'requestedSchema');
  if (schema !== undefined) {
    walkTexts(schema, { field: 'requestedSchema', path: '' }, ({ node }) => {
      if (node.kind === 'string') said.push(node.value);
    });
  }
  return said.some((one) => {
    const own = plain(one);
    return WORDS.some((word) => own.includes(UNSPACED.test(word) ? word : ` ${word} `) || own.includes(` ${word}s `));
  });
}
