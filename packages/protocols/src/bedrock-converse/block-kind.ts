import table from './block-kinds.json' with { type: 'json' };

/**
 * Whose words a content block holds, by the member that it is. `own`: the message's speaker's; `outside`: a document's, a
 * search's or a tool's, which may hold instructions of anybody; `call`: a tool call's; `reasoning`: the model's, which may be
 * signed; `definition`: those of whoever defines a tool.
 */
export type BlockKind = 'own' | 'outside' | 'call' | 'reasoning' | 'definition';

const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(table));

/** @returns `undefined` for a member that nobody knows */
export function blockKind(member: string): BlockKind | undefined {
  const kind = KINDS.get(member);
  return isKind(kind) ? kind : undefined;
}

function isKind(word: string | undefined): word is BlockKind {
  return ['own', 'outside', 'call', 'reasoning', 'definition'].some((kind) => kind === word);
}
