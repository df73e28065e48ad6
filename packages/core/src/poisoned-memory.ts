import type { Finding } from './detector.ts';
import type { FlowFacts } from './flow-facts.ts';

/** The finding that flow adds to a call which writes an instruction of somebody else's into a memory: of the category `injection`. */
export const MEMORY_FINDING_TYPE = 'memory-poisoning';
/** From here on what is written reads like an instruction, 0..1000. */
export const POISONING_RISK = 500;

/** What is found in a call for what it would keep. It has no place in a text, and nothing to redact: a policy stops the call, or lets it go. */
export function poisonedMemory(facts: FlowFacts | undefined): readonly Finding[] {
  const { untrusted, risk } = facts?.tool.memory ?? { untrusted: false, risk: 0 };
  if (!untrusted || risk < POISONING_RISK) return [];
  return [
    {
      detector: 'flow',
      category: 'injection',
      type: MEMORY_FINDING_TYPE,
      score: Math.min(1, risk / 1000),
      span: { start: 0, end: 0 },
      via: [],
      fingerprint: '',
    },
  ];
}
