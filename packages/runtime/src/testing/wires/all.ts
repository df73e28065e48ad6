import { wire as openaiChat } from './openai-chat.ts';
import type { ProtocolWire } from './protocol-wire.ts';

/** Every protocol whose answers say text: the shared laws hold for each. */
export const WIRES: readonly ProtocolWire[] = [openaiChat];
