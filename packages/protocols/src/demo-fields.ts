import { Buffer } from 'node:buffer';

/** An object of a request, as the demo reads it: what doesn't fit is taken for absent. */
export type DemoFields = { readonly [name: string]: unknown };

/** Characters that the demo bills as one token. */
const TOKEN_CHARS = 4;

export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}

export function fieldsOf(value: unknown): DemoFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as DemoFields) : {};
}

/** What the demo bills for so many characters. */
export function billedTokens(chars: number): number {
  return Math.ceil(chars / TOKEN_CHARS);
}

/** Pieces of so many characters; a surrogate pair is never split. */
export function piecesOf(text: string | undefined, chars: number): readonly string[] {
  const cut: string[] = [];
  let from = 0;
  while (text !== undefined && from < text.length) {
    let to = from + chars;
    const last = text.charCodeAt(to - 1);
    if (last >= 0xd800 && last <= 0xdbff) to += 1;
    cut.push(text.slice(from, to));
    from = to;
  }
  return cut;
}
