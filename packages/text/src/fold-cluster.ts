import { classOf, MARK } from './char-class.ts';
import type { FoldWriter } from './fold-writer.ts';
import { selectorByte } from './hidden-runs.ts';

/** Marks and invisible units after one base that are normalised with it; further ones are dropped. */
const MAX_CLUSTER_UNITS = 32;

/**
 * A base with the marks after it, normalised together. On an ASCII base, marks that don't compose are decoration that
 * hides the letter, and go; on other bases they are how the script is written, and stay.
 */
export function foldCluster(writer: FoldWriter, start: number, marksFrom: number): number {
  const { source } = writer;
  let end = marksFrom;
  while (end < source.length && source.charCodeAt(end) >= 0x300 && classOf(source.charCodeAt(end)) === MARK) end++;
  const kept = source.slice(start, Math.min(end, start + MAX_CLUSTER_UNITS));
  let text = kept.normalize('NFKC');
  if (text.charCodeAt(0) < 0x80) text = text.replace(DECORATION, '');
  // A base that stays as it was is no part of the edit: what ended with it before its marks came still does.
  const from = text.charCodeAt(0) === source.charCodeAt(start) && marksFrom === start + 1 ? marksFrom : start;
  const folded = text.slice(from - start);
  if (folded !== source.slice(from, end)) writer.replace('nfkc', { start: from, end }, folded);
  return end;
}

const DECORATION = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/g;

/** A run of variation selectors: removed, and read as bytes where it is long enough to carry any. */
export function foldSelectors(writer: FoldWriter, start: number): number {
  const { source } = writer;
  const bytes: number[] = [];
  let at = start;
  while (at < source.length) {
    const point = source.codePointAt(at) ?? 0;
    const byte = selectorByte(point);
    if (byte < 0) {
      if (!(point >= 0x180b && point <= 0x180d)) break;
    } else bytes.push(byte);
    at += point > 0xffff ? 2 : 1;
  }
  const text = bytes.length < 3 ? '' : Buffer.from(bytes).toString('utf8');
  if (text !== '' && !UNREADABLE.test(text)) {
    writer.hidden.push({ kind: 'variation-selector', text, start, end: at });
  }
  writer.replace('variation-selector', { start, end: at }, '');
  return at;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes that decode to controls are not a text
const UNREADABLE = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufffd]/;
