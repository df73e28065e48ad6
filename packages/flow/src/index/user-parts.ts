import type { MessageText } from '@sallyport/core';
import type { FlowLimits } from '../flow-limits.ts';
import { type DocumentMarker, markedDocuments } from './marked-documents.ts';
import words from './markers.json' with { type: 'json' };
import { taggedBlocks } from './tagged-blocks.ts';

/** A stretch of a message's text, and what it is whatever the message's role says. */
export interface TextPart {
  /** `words`: the speaker's own. `document`: brought along. `result`: a tool's output, written as text. */
  readonly kind: 'words' | 'document' | 'result';
  readonly start: number;
  readonly end: number;
  /** What a declaration calls the document. */
  readonly name?: string;
}

/** Blocks that are written as not the speaker's own: fences, quotations, tags around lines. Bounded and linear. */
const FENCE = /^(```+|~~~+)[^\n]*\n[\s\S]*?(?:^\1|$(?![\s\S]))/gm;
const QUOTED = /(?:^[ \t]*>[^\n]*(?:\n|$))+/gm;
const literal = (word: string): string => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const either = (words: readonly string[]): string => `(?:${words.map(literal).join('|')})`;
/** What agents that have no protocol for tools write before a tool's output, and what they write after it. */
const RESULT = new RegExp(
  `^[ \\t]*${either(words.resultOpens)}.*?(?=^[ \\t]*${either(words.resultCloses)}|$(?!.))`,
  'gims',
);
const MAIL = new RegExp(`^[ \\t]*(?:-{2,} ?)?${either(words.forwarded)}.*$`, 'gims');
const SUMMARY = new RegExp(`^\\s*(?:[#*<\\[(]{1,4} ?)?${either(words.summaryOpens)}`, 'i');

/** Whether a text says of itself that it stands for earlier messages. */
export function isSummary(text: string): boolean {
  return SUMMARY.test(text.slice(0, 512));
}

/**
 * Takes a text apart into the speaker's own words and what only came along. In this order of trust: ranges that were declared,
 * output of tools in the layouts of text-only agents, forwarded mail, and blocks that are fenced, tagged or quoted and longer than
 * `maxQuotedChars`; at last whole paragraphs longer than `maxParagraphChars`. Cost: O(length).
 */
export function partsOf(
  { text, documents = [] }: MessageText,
  { limits, markers }: { readonly limits: FlowLimits; readonly markers: readonly DocumentMarker[] },
): readonly TextPart[] {
  const taken: TextPart[] = [];
  const take = (part: TextPart): void => {
    const free = taken.every(({ start, end }) => part.end <= start || part.start >= end);
    if (free && part.end > part.start) taken.push(part);
  };
  for (const { start, end, name } of [...documents, ...markedDocuments(text, markers)]) {
    take({ kind: 'document', start: Math.max(0, start), end: Math.min(text.length, end), ...(name && { name }) });
  }
  for (const match of text.matchAll(RESULT)) take(partAt('result', match));
  for (const match of text.matchAll(MAIL)) take(partAt('document', match));
  const quoted = [FENCE, QUOTED].flatMap((pattern) =>
    Array.from(text.matchAll(pattern), (match) => partAt('document', match)),
  );
  for (const { start, end } of [...quoted, ...taggedBlocks(text)]) {
    if (end - start > limits.maxQuotedChars) take({ kind: 'document', start, end });
  }
  for (const paragraph of text.matchAll(/[^\n][\s\S]*?(?=\n[ \t]*\n|$(?![\s\S]))/g)) {
    if (paragraph[0].length > limits.maxParagraphChars) take(partAt('document', paragraph));
  }
  return withWords(taken, text.length);
}

function partAt(kind: TextPart['kind'], { index, 0: whole }: RegExpExecArray): TextPart {
  return { kind, start: index, end: index + whole.length };
}

/** The parts in order, with the speaker's own words between them. */
function withWords(taken: readonly TextPart[], length: number): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const part of [...taken].sort((a, b) => a.start - b.start)) {
    if (part.start > at) parts.push({ kind: 'words', start: at, end: part.start });
    parts.push(part);
    at = part.end;
  }
  if (at < length) parts.push({ kind: 'words', start: at, end: length });
  return parts;
}
