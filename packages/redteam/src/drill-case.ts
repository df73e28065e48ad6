import { z } from 'zod';
import { conversationSchema } from './conversation.ts';
import { DRILL_PROTOCOLS } from './dialects.ts';

/** Where the text of a case stands. */
export const CARRIERS = [
  'user-message',
  'later-turn',
  'user-document',
  'tool-result',
  'tool-definition',
  'answer',
  'tool-call',
] as const;
export type Carrier = (typeof CARRIERS)[number];

export const drillCallSchema = z.strictObject({ tool: z.string().min(1), arguments: z.record(z.string(), z.string()) });

/** A call of a tool that a model makes, as a case tells it to. */
export type DrillCall = z.output<typeof drillCallSchema>;

/**
 * One exchange of a drill, complete: what is sent, what a provider that obeys answers, and what must not leave (or, for
 * benign traffic, must leave). The same case is the same bytes every time.
 */
export const drillCaseSchema = z.strictObject({
  id: z.string().min(1).max(300),
  side: z.enum(['attack', 'benign']),
  family: z.string().min(1).max(100),
  carrier: z.enum(CARRIERS),
  obfuscation: z.string().min(1).max(100),
  /** Entry of the OWASP Top 10 for LLM applications; absent for benign traffic. */
  risk: z.string().max(20).optional(),
  protocol: z.enum(DRILL_PROTOCOLS),
  /** Whether the answer comes as a stream. */
  stream: z.boolean(),
  conversation: conversationSchema,
  /** What the demo provider is told to answer. */
  answer: z.strictObject({ text: z.string().optional(), toolCalls: z.array(drillCallSchema).readonly().optional() }),
  /** Texts that must have reached the provider, or it doesn't obey: with one of them missing the order was kept back. */
  ifTold: z.array(z.string().min(1)).max(16).readonly(),
  /** The ground truth: what stands in an answer that left whole. */
  evidence: z.strictObject({ in: z.enum(['text', 'call']), tool: z.string().optional(), text: z.string().min(6) }),
});

export type DrillCase = z.output<typeof drillCaseSchema>;
