/** How far before a place the fence may stand that shows it as code, UTF-16 units. */
const FENCE_CHARS = 1_536;
/** How far before a fence markup may begin that makes it part of a page, and no fence. */
const MARKUP_CHARS = 512;
/** So much before a place decides whether it is code: its fence, and the markup before that. */
export const FENCED_CHARS = FENCE_CHARS + MARKUP_CHARS;
/** How far behind a match its closing backticks may stand. */
export const INLINE_CHARS = 256;

const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})[ \t]*(\S?)/;
const MARKUP_LINE = /^ {0,3}<(?:[a-z/!?])/i;
/** Markup that a blank line does not end. */
const VERBATIM = /^ {0,3}<(?:pre|script|style|textarea|!|\?)/i;
const VERBATIM_END = /<\/(?:pre|script|style|textarea)|-->|\?>|\]\]>/i;
/** Longest line that is looked at for a fence. */
const LINE_CHARS = 128;

/** From `from` on, up to the next one. */
interface Stretch {
  readonly from: number;
  /** Start of the fence that makes it code; -1 where it is none. */
  readonly fence: number;
}

/** Says of places, asked for in ascending order, whether a markdown renderer shows them as code in a fence. */
export type InFence = (at: number) => boolean;

/**
 * Reads the fences of a text. Near its beginning all of them count as CommonMark says; further on only those that name a
 * language, since the end of a fence without one looks like its beginning. So what decides about a place is never further
 * away than `FENCED_CHARS`, and doubt means that it is no code. Cost: O(n).
 * @param isCut whether more came before: then nothing here is near the beginning
 */
export function fencesOf(text: string, isCut: boolean): InFence {
  const stretches: Stretch[] = [{ from: 0, fence: -1 }];
  let open = '';
  let openAt = 0;
  let markupAt = Number.NEGATIVE_INFINITY;
  let verbatim = false;
  for (let start = 0; start < text.length; ) {
    const lineBreak = text.indexOf('\n', start);
    const end = lineBreak < 0 ? text.length : lineBreak;
    const line = text.slice(start, Math.min(end, start + LINE_CHARS)).trimEnd();
    const fence = FENCE.exec(line);
    const inPage = start - markupAt <= MARKUP_CHARS;
    // Its code ended unread: what follows is read as if it had never begun.
    if (start - openAt >= FENCE_CHARS) open = '';
    if (fence !== null && (open !== '' || !inPage)) {
      const [, marker = '', info = ''] = fence;
      const kind = { marker, named: info !== '', early: !isCut && start < FENCE_CHARS };
      const next = afterFence(open, kind);
      // Further on a language begins a fence anew, whatever was open.
      if (next !== open || (kind.named && !kind.early)) {
        stretches.push({ from: end, fence: next === '' ? -1 : start });
        markupAt = Number.NEGATIVE_INFINITY;
        openAt = start;
      }
      open = next;
    } else if (open === '') {
      if (line === '' && !verbatim) markupAt = Number.NEGATIVE_INFINITY;
      if (MARKUP_LINE.test(line)) {
        markupAt = start;
        verbatim = VERBATIM.test(line);
      }
      if (VERBATIM_END.test(line)) verbatim = false;
    }
    start = end + 1;
  }
  let next = 0;
  return (at) => {
    while ((stretches[next + 1]?.from ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    const fence = stretches[next]?.fence ?? -1;
    return fence >= 0 && at - fence < FENCE_CHARS;
  };
}

/** The marker of the fence that is open behind a line with a marker; empty when none is. */
function afterFence(
  open: string,
  { marker, named, early }: { readonly marker: string; readonly named: boolean; readonly early: boolean },
): string {
  if (open === '') return named || early ? marker : '';
  if (named) return early ? open : marker;
  return early && !marker.startsWith(open) ? open : '';
}

/** Whether a stretch stands between backticks on its line; undefined where the text's end leaves that open. */
export function isInline(text: string, start: number, end: number): boolean | undefined {
  const ticks = openTicks(text, start);
  if (ticks === 0) return false;
  const limit = Math.min(text.length, end + INLINE_CHARS);
  let run = 0;
  for (let at = end; at < limit; at += 1) {
    const char = text.charAt(at);
    if (char === '`') {
      run += 1;
      continue;
    }
    if (run === ticks) return true;
    if (char === '\n') return false;
    run = 0;
  }
  if (limit < end + INLINE_CHARS) return undefined;
  return run === ticks;
}

/** Number of the backticks that are open at `at` on its line; 0 when none are. */
function openTicks(text: string, at: number): number {
  const before = text.slice(Math.max(0, at - MARKUP_CHARS), at);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  let open = 0;
  for (let from = line.indexOf('`'); from >= 0; ) {
    let to = from;
    while (line.charAt(to) === '`') to += 1;
    const escaped = line.charAt(from - 1) === '\\';
    if (open === 0) open = escaped ? 0 : to - from;
    else if (open === to - from) open = 0;
    from = line.indexOf('`', to);
  }
  return open;
}
