import type { PatternElem } from '@cedar-policy/cedar-wasm/nodejs';

/**
 * Compiles Cedar's `like` pattern: literal texts and wildcards that match any run of characters, also none.
 * Cost of a match: one forward search per literal, no backtracking, since the leftmost place is always good enough.
 */
export function compilePattern(pattern: readonly PatternElem[]): (text: string) => boolean {
  const literals = [''];
  for (const element of pattern) {
    if (element === 'Wildcard') literals.push('');
    else literals.push(`${literals.pop() ?? ''}${element.Literal}`);
  }
  const first = literals[0] ?? '';
  const last = literals[literals.length - 1] ?? '';
  if (literals.length === 1) return (text) => text === first;
  const inner = literals.slice(1, -1).filter((literal) => literal !== '');
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const literal of inner) {
      const found = text.indexOf(literal, at);
      if (found === -1 || found + literal.length > end) return false;
      at = found + literal.length;
    }
    return true;
  };
}
