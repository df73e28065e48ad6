/** A value as a text holds it, before anybody judged it. */
export interface RawLeaf {
  /** Where it stood, such as `[2].recipient`; empty for the whole text. */
  readonly path: string;
  readonly value: string;
  /** Where it began in the text; UTF-16. */
  readonly start: number;
  /** The form that it was in lets anybody write anything, however short it is: HTML, a text without fields. */
  readonly loose?: true;
}

/** The leaves of a text in one format, or `undefined` when it isn't in that format. */
export type LeafReader = (text: string, bounds: LeafBounds) => readonly RawLeaf[] | undefined;

export interface LeafBounds {
  readonly maxLeaves: number;
  readonly maxDepth: number;
}

/** A member's path: names that are no words are quoted, so that a path can be read back. */
export function memberPath(parent: string, name: string): string {
  const plain = /^[\p{L}_][\p{L}\p{N}_-]{0,63}$/u.test(name);
  const shown = plain ? name : `[${JSON.stringify(name.slice(0, 64))}]`;
  return parent === '' || !plain ? `${parent}${shown}` : `${parent}.${shown}`;
}

export function itemPath(parent: string, index: number): string {
  return `${parent}[${index}]`;
}
