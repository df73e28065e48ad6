import type { ProtocolAdapter } from '@sallyport/core';
import { openaiChat } from './openai-chat/openai-chat.ts';

export { openaiChat } from './openai-chat/openai-chat.ts';

/** Every wire protocol that the gateway speaks. */
export const protocols: readonly ProtocolAdapter[] = [openaiChat];
