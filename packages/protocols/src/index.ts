import type { ProtocolAdapter } from '@sallyport/core';
import { openaiChat } from './openai-chat/openai-chat.ts';

export { demoModels, renderDemoAnswer, renderDemoError } from './openai-chat/demo-answer.ts';
export { type DemoRequest, readDemoRequest } from './openai-chat/demo-request.ts';
export { openaiChat } from './openai-chat/openai-chat.ts';

/** Every wire protocol that the gateway speaks. */
export const protocols: readonly ProtocolAdapter[] = [openaiChat];
