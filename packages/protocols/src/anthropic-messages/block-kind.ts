import table from './block-kinds.json' with { type: 'json' };

/**
 * Whose words a content block holds. `own`: the message's speaker's; `outside`: a document's, a search's or a tool's, which
 * may hold instructions of anybody; `call`: a tool call's; `signed`: the model's, which nobody may change; `definition`: those
 * of whoever defines a tool.
 */
export type BlockKind = 'own' | 'outside' | 'call' | 'signed' | 'definition' | 'unknown';

const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(table));

/** The kind of a block by its type; results and calls of tools that are not known yet end in the same words. */
export function blockKind(type: string): BlockKind {
  if (type.endsWith('tool_result')) return 'outside';
  if (type.endsWith('tool_use')) return 'call';
  const known = KINDS.get(type);
  return isKind(known) ? known : 'unknown';
}

function isKind(word: string | undefined): word is Exclude<BlockKind, 'call' | 'unknown'> {
  return word === 'own' || word === 'outside' || word === 'signed' || word === 'definition';
}
