import { foldCluster, foldSelectors } from './fold-cluster.ts';
import type { FoldWriter } from './fold-writer.ts';
import { isTag, selectorByte, tagText } from './hidden-runs.ts';

const BLACK_FLAG = 0x1f3f4;
/** Tags of the longest subdivision flag, its end included. */
const MAX_FLAG_TAGS = 7;
/** Tags from which a run is read as a text of its own too, so that word boundaries at its edges count. */
const MIN_HIDDEN_CHARS = 4;

/** Handles a surrogate pair (or half) at `at` and returns where to go on. */
export function foldAstral(writer: FoldWriter, at: number): number {
  const { source } = writer;
  const point = source.codePointAt(at) ?? 0;
  if (point < 0x10000) return at + 1;
  if (isTag(point)) return foldTags(writer, at);
  if (selectorByte(point) >= 0) return foldSelectors(writer, at);
  const letter = badgeLetter(point);
  if (letter !== undefined) {
    writer.replace('homoglyph', { start: at, end: at + 2 }, letter);
    return at + 2;
  }
  if (isInvisible(point)) {
    writer.replace('zero-width', { start: at, end: at + 2 }, '');
    return at + 2;
  }
  return hasCompatibility(point) ? foldCluster(writer, at, at + 2) : at + 2;
}

/** Mathematical alphanumerics, enclosed alphanumerics, compatibility ideographs, segmented digits. */
function hasCompatibility(point: number): boolean {
  return (
    (point >= 0x1d400 && point <= 0x1d7ff) ||
    (point >= 0x1f100 && point <= 0x1f16f) ||
    (point >= 0x1ee00 && point <= 0x1eeff) ||
    (point >= 0x1fbf0 && point <= 0x1fbf9) ||
    (point >= 0x2f800 && point <= 0x2fa1f) ||
    (point >= 0x10780 && point <= 0x107ba)
  );
}

/** White letters on dark circles and squares: drawn as letters, without a compatibility form. */
function badgeLetter(point: number): string | undefined {
  if (point >= 0x1f150 && point <= 0x1f169) return String.fromCharCode(65 + point - 0x1f150);
  if (point >= 0x1f170 && point <= 0x1f189) return String.fromCharCode(65 + point - 0x1f170);
  return undefined;
}

/** Shorthand and musical format controls. */
function isInvisible(point: number): boolean {
  return (point >= 0x1bca0 && point <= 0x1bca3) || (point >= 0x1d173 && point <= 0x1d17a);
}

function foldTags(writer: FoldWriter, start: number): number {
  const { source } = writer;
  let at = start;
  let text = '';
  while (at < source.length && isTag(source.codePointAt(at) ?? 0)) {
    text += tagText(source.codePointAt(at) ?? 0);
    at += 2;
  }
  const tags = (at - start) / 2;
  if (tags <= MAX_FLAG_TAGS && source.codePointAt(start - 2) === BLACK_FLAG) return at;
  if (text.length >= MIN_HIDDEN_CHARS) writer.hidden.push({ kind: 'tag-block', text, start, end: at });
  for (let from = start; from < at; from += 2) {
    writer.replace('tag-block', { start: from, end: from + 2 }, tagText(source.codePointAt(from) ?? 0));
  }
  return at;
}
