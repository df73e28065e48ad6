import { isPlainName, type JsonMember, type JsonNode } from '@sallyport/wire';

/** What a category of a moderation was judged by. */
const INPUT_TYPES: ReadonlySet<string> = new Set(['text', 'image']);

/**
 * The results of a moderation without the kinds of input that each category was judged by: words of the form, hundreds of
 * them where many texts are judged. What doesn't have that form stays.
 */
export function withoutInputTypes(node: JsonNode): JsonNode {
  if (node.kind === 'array') return { ...node, items: node.items.map(withoutInputTypes) };
  if (node.kind !== 'object') return node;
  const members = node.members.filter((member) => !isInputTypes(member));
  return { ...node, members: members.map(({ key, value }) => ({ key, value: withoutInputTypes(value) })) };
}

function isInputTypes({ key, value: types }: JsonMember): boolean {
  if (key.value !== 'category_applied_input_types' || types.kind !== 'object') return false;
  return types.members.every(
    ({ key: category, value: list }) =>
      isPlainName(category.value) &&
      list.kind === 'array' &&
      list.items.every((item) => item.kind === 'string' && INPUT_TYPES.has(item.value)),
  );
}
