import { type JsonNode, memberOf, walkTexts } from '@sallyport/wire';

/** What a tool answered as JSON: a value in which nothing is an id or a word of this protocol. */
export function jsonResults(toolResult: JsonNode): readonly JsonNode[] {
  const content = memberOf(toolResult, 'content');
  return content?.kind === 'array' ? content.items.flatMap((item) => memberOf(item, 'json') ?? []) : [];
}

/** Every text and key of a value. */
export function textsOf(value: JsonNode): readonly JsonNode[] {
  const texts: JsonNode[] = [];
  walkTexts(value, { field: '', path: '' }, ({ node }) => texts.push(node));
  return texts;
}
