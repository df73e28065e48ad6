import { anthropicMessages } from './dialects/anthropic-messages.ts';
import { bedrockConverse } from './dialects/bedrock-converse.ts';
import type { Dialect } from './dialects/dialect.ts';
import { gemini } from './dialects/gemini.ts';
import { ollama } from './dialects/ollama.ts';
import { openaiChat } from './dialects/openai-chat.ts';
import { openaiResponses } from './dialects/openai-responses.ts';

/** Protocols in which a drill can ask, by the names that policies know. */
export const DRILL_PROTOCOLS = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
  'ollama',
] as const;
export type DrillProtocol = (typeof DRILL_PROTOCOLS)[number];

export const DIALECTS: Readonly<Record<DrillProtocol, Dialect>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
  gemini,
  'bedrock-converse': bedrockConverse,
  ollama,
};

/** How a case travels: in which protocol, and whether its answer comes as a stream. */
export interface DrillWay {
  readonly protocol: DrillProtocol;
  readonly stream: boolean;
}

/** Such as `gemini` or `gemini-stream`. */
export function wayName({ protocol, stream }: DrillWay): string {
  return stream ? `${protocol}-stream` : protocol;
}

export function isDrillProtocol(name: string): name is DrillProtocol {
  return DRILL_PROTOCOLS.some((protocol) => protocol === name);
}
