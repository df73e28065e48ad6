import type { Span, Trigger } from '@sallyport/core';
import labels from './labels.json' with { type: 'json' };

/** A stretch of a text that poses as somebody's turn. */
export interface MadeUpTurn extends Span {
  readonly speaker: 'user' | 'assistant';
}

export const MADE_UP_TRIGGER: Trigger = { rule: 'made-up-turns', keywords: labels.user.map((label) => label) };

/** A line that begins with a speaker's name and a colon, with whatever marks around them: `**User 2:**`, `<|user|>:`, `Q:`. */
const LABEL = new RegExp(
  `(?:^|\\n)[ \\t>*#\\-\\[(<|]{0,6}(?:(${labels.user.join('|')})|(?:${labels.assistant.join('|')}))[ \\t*\\])>|\\d.#-]{0,8}[:：]`,
  'giu',
);

/** The turns that a text makes up, in order. Cost: O(length). */
export function madeUpTurns(text: string): readonly MadeUpTurn[] {
  const turns: { speaker: MadeUpTurn['speaker']; start: number; end: number }[] = [];
  for (const match of text.matchAll(LABEL)) {
    const last = turns.at(-1);
    if (last !== undefined) last.end = match.index;
    turns.push({
      speaker: match[1] === undefined ? 'assistant' : 'user',
      start: match.index + match[0].length,
      end: text.length,
    });
  }
  return turns;
}
