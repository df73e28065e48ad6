import { type Effect, type Finding, ruleGuard, strongest, type Turn } from '@sallyport/core';
import type { Inspection } from '@sallyport/runtime';
import type { LabelledConversation, Said } from './labelled-conversation.ts';

/** What came of a conversation, turn by turn as a gateway would see it. */
export interface PlayedConversation {
  /** Turns of the user. */
  readonly turns: number;
  /** Highest score of a finding of the category `multi-turn` after each turn of the user. */
  readonly scores: readonly number[];
  /** Highest score by type. */
  readonly types: Readonly<Record<string, number>>;
  /** The strongest that the guard policies say to these findings, at any turn. */
  readonly effect: Effect;
}

/** Plays a conversation against the detectors and guard policies. Undefined when none of them sees conversations. */
export function playConversation(
  { said }: LabelledConversation,
  { inspector, judge }: Inspection,
): PlayedConversation | undefined {
  const { conversation } = inspector;
  if (conversation === undefined) return undefined;
  const turns: Turn[] = [];
  const scores: number[] = [];
  const types: Record<string, number> = {};
  let effect: Effect = 'allow';
  const textOf = (at: number) => said[at]?.text;
  for (const one of said) {
    const own = findingsIn(one, inspector);
    const note = conversation.note(one.text, one.speaker) ?? {};
    turns.push({ speaker: one.speaker, note, risk: highest(own, 'injection') });
    if (one.speaker === 'assistant') continue;
    const { findings } = conversation.judge({ turns, textOf }, one.text.length);
    const found = [...own, ...findings].filter(({ category }) => category === 'multi-turn');
    for (const { type, score } of found) types[type] = Math.max(types[type] ?? 0, score);
    scores.push(highest(found, 'multi-turn'));
    const placed = found.map((finding) => ({ ...finding, where: 'conversation' }));
    effect = strongest(effect, ruleGuard(judge, { point: 'input', findings: placed, lines: [] }).effect);
  }
  return { turns: scores.length, scores, types, effect };
}

function findingsIn({ text, speaker }: Said, inspector: Inspection['inspector']): readonly Finding[] {
  const origin = { role: speaker, field: 'content' };
  return inspector.inspect(text, { point: 'input', origin, only: 'content' }).findings;
}

function highest(findings: readonly Finding[], wanted: Finding['category']): number {
  return findings.reduce((most, { category, score }) => (category === wanted ? Math.max(most, score) : most), 0);
}
