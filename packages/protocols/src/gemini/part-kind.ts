import table from './part-kinds.json' with { type: 'json' };

/**
 * What a member of a part is. `own`: the speaker's words or media; `call`: a tool call's; `result`: what a tool answered,
 * which may hold instructions of anybody; `about`: what is said of the part beside it.
 */
export type PartKind = 'own' | 'call' | 'result' | 'about';

const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(table));

/** @param member as JSON spells it. @returns `undefined` for a member that nobody knows */
export function partKind(member: string): PartKind | undefined {
  const kind = KINDS.get(member);
  return isKind(kind) ? kind : undefined;
}

function isKind(word: string | undefined): word is PartKind {
  return ['own', 'call', 'result', 'about'].some((kind) => kind === word);
}
