import { charClass, isAlphanumeric, isDigit } from '../matches/char-class.ts';

/** Separators in a row that still hold one number together: `) - `. */
const MAX_GAP_CHARS = 3;
/** Longest number with its separators: what a stream holds of a run of digits that is still growing. */
export const MAX_NUMBER_CHARS = 64;

/** Digits without anything between them. */
export interface DigitGroup {
  readonly start: number;
  readonly end: number;
}

const isSeparator = charClass(' ./()+-');
/** A digit, or what may stand between two of one number. */
export const isNumberPart = charClass('0-9 ./()+-');

/** Splits the run of digits at `start` into chains: groups with at most three separators between two of them. */
export function chainsAt(text: string, start: number): readonly (readonly DigitGroup[])[] {
  const chains: DigitGroup[][] = [];
  let chain: DigitGroup[] = [];
  let at = start;
  while (at < text.length) {
    const groupStart = at;
    while (isDigit(text.charCodeAt(at))) at++;
    if (at > groupStart) chain.push({ start: groupStart, end: at });
    const gapStart = at;
    while (isSeparator(text.charCodeAt(at))) at++;
    if (at === gapStart) break;
    if (at - gapStart > MAX_GAP_CHARS && chain.length > 0) {
      chains.push(chain);
      chain = [];
    }
  }
  if (chain.length > 0) chains.push(chain);
  return chains;
}

/** Lengths of the groups from `first` to `last`, `3-3-4`: the cheapest thing to ask about a number. */
export function lengthsOf(chain: readonly DigitGroup[], first: number, last: number): string {
  let lengths = '';
  for (let i = first; i <= last; i++)
    lengths += `${i > first ? '-' : ''}${(chain[i]?.end ?? 0) - (chain[i]?.start ?? 0)}`;
  return lengths;
}

/** Digits of the groups from `first` to `last`. */
export function digitCount(chain: readonly DigitGroup[], first: number, last: number): number {
  let count = 0;
  for (let i = first; i <= last; i++) count += (chain[i]?.end ?? 0) - (chain[i]?.start ?? 0);
  return count;
}

/** What stands between a group and the one before it in its chain. */
export function gapBefore(text: string, chain: readonly DigitGroup[], index: number): string {
  const [before, group] = [chain[index - 1], chain[index]];
  return before === undefined || group === undefined ? '' : text.slice(before.end, group.start);
}

/** True when nothing glues the span to a word, a decimal or an identifier on its left. */
export function opensFreely(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  if (start === 0) return true;
  if (isAlphanumeric(before) || '_#$.@\\'.includes(text.charAt(start - 1))) return false;
  // `12:30 2024-01-15` is a time and `ABC-123` a name, while `tel:123` and `- 123` introduce a number.
  if (start < 2) return true;
  if (text[start - 1] === ':') return !isDigit(text.charCodeAt(start - 2));
  return !(text[start - 1] === '-' && isAlphanumeric(text.charCodeAt(start - 2)));
}

/** True when nothing glues the span to a word, a decimal or a unit on its right. */
export function closesFreely(text: string, end: number): boolean {
  const after = text.charAt(end);
  if (isAlphanumeric(text.charCodeAt(end)) || after === '_' || after === '%') return false;
  return !((after === '.' || after === '/') && isAlphanumeric(text.charCodeAt(end + 1)));
}

/** Where a number begins that reaches the end of the text and may still grow; the text's length when none does. */
export function openNumberFrom(text: string): number {
  const limit = Math.max(0, text.length - MAX_NUMBER_CHARS);
  let open = text.length;
  for (let at = text.length - 1; at >= limit; at--) {
    const code = text.charCodeAt(at);
    if (isDigit(code) || text[at] === '+' || text[at] === '(') open = at;
    else if (!isSeparator(code)) break;
  }
  return open;
}
