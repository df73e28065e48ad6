import type { ProtocolAdapter } from '@sallyport/core';
import { anthropicMessages } from './anthropic-messages/adapter.ts';
import { anthropicMessagesDemo } from './anthropic-messages/demo.ts';
import { bedrockConverse } from './bedrock-converse/adapter.ts';
import { bedrockConverseDemo } from './bedrock-converse/demo.ts';
import type { DemoVoice } from './demo-voice.ts';
import { gemini } from './gemini/adapter.ts';
import { geminiDemo } from './gemini/demo.ts';
import { ollama } from './ollama/adapter.ts';
import { ollamaDemo } from './ollama/demo.ts';
import { azureOf } from './openai/azure.ts';
import { openaiChat } from './openai-chat/adapter.ts';
import { openaiChatDemo } from './openai-chat/demo.ts';
import { openaiCompletions } from './openai-completions/adapter.ts';
import { openaiCompletionsDemo } from './openai-completions/demo.ts';
import { openaiEmbeddings } from './openai-embeddings/adapter.ts';
import { openaiEmbeddingsDemo } from './openai-embeddings/demo.ts';
import { openaiModerations } from './openai-moderations/adapter.ts';
import { openaiModerationsDemo } from './openai-moderations/demo.ts';
import { openaiResponses } from './openai-responses/adapter.ts';
import { openaiResponsesDemo } from './openai-responses/demo.ts';

export { anthropicMessages } from './anthropic-messages/adapter.ts';
export { type AskedAnswer, askModel, askWord, canAsk, type PreparedAsk } from './ask-model.ts';
export type { ModelAsk } from './ask-voice.ts';
export { bedrockConverse } from './bedrock-converse/adapter.ts';
export type { DemoAsk, DemoCall, DemoError, DemoTurn, DemoVoice } from './demo-voice.ts';
export { gemini } from './gemini/adapter.ts';
export { ollama } from './ollama/adapter.ts';
export { openaiChat } from './openai-chat/adapter.ts';
export { openaiCompletions } from './openai-completions/adapter.ts';
export { openaiResponses } from './openai-responses/adapter.ts';
export { type OfferedTool, offeredTools } from './request/offered-tools.ts';
export { type Passage, passageFor } from './uninspected/passage.ts';

/** Every wire protocol that the gateway speaks. Where two have the same path, a header that only one of them has decides: that one is first. */
export const protocols: readonly ProtocolAdapter[] = [
  anthropicMessages,
  gemini,
  openaiChat,
  openaiResponses,
  openaiCompletions,
  openaiEmbeddings,
  openaiModerations,
  bedrockConverse,
  azureOf(openaiChat, '/chat/completions'),
  azureOf(openaiCompletions, '/completions'),
  azureOf(openaiEmbeddings, '/embeddings'),
  ollama,
];

/** Every wire protocol that the demo provider speaks. */
export const demoVoices: readonly DemoVoice[] = [
  anthropicMessagesDemo,
  openaiChatDemo,
  openaiResponsesDemo,
  openaiCompletionsDemo,
  openaiEmbeddingsDemo,
  openaiModerationsDemo,
  ollamaDemo,
  geminiDemo,
  bedrockConverseDemo,
];
