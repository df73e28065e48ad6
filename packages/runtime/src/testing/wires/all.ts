import { wire as anthropicMessages } from './anthropic-messages.ts';
import { wire as bedrockConverse } from './bedrock-converse.ts';
import { wire as gemini } from './gemini.ts';
import { wire as ollama } from './ollama.ts';
import { wire as openaiChat } from './openai-chat.ts';
import { wire as openaiCompletions } from './openai-completions.ts';
import { wire as openaiResponses } from './openai-responses.ts';
import type { ProtocolWire } from './protocol-wire.ts';

/** Every protocol whose answers say text: the shared laws hold for each. */
export const WIRES: readonly ProtocolWire[] = [
  openaiChat,
  openaiCompletions,
  openaiResponses,
  anthropicMessages,
  ollama,
  gemini,
  bedrockConverse,
];
