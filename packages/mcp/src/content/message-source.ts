import { type JsonNode, stringOf, type TextSource } from '@sallyport/wire';
import type { McpMessage } from '../message/message.ts';

/** What is known of a message beside what it says. */
export interface MessageAbout {
  readonly from: 'client' | 'server';
  /** Of a result or an error: the request that it answers. */
  readonly answers?: AnsweredRequest;
}

export interface AnsweredRequest {
  readonly method: string;
  /** Of the tool or prompt, or the address of the resource. */
  readonly name?: string;
}

/** What stands for the method of an answer to nobody knows what. */
const NO_METHOD = 'unknown';

/** The method that a message calls, or answers. */
export function methodOf(message: McpMessage, { answers }: MessageAbout): string {
  return message.kind === 'request' || message.kind === 'notification'
    ? message.method
    : (answers?.method ?? NO_METHOD);
}

/**
 * Whose words a message's are, and where they are judged. A server is no operator: whatever it has to say to a model is said by
 * somebody who is not trusted.
 */
export function sourceOf(message: McpMessage, about: MessageAbout): TextSource {
  const method = methodOf(message, about);
  if (about.from === 'server') return serverSource(message, { method, name: about.answers?.name });
  if (message.kind === 'request') return clientSource(method, message.params);
  if (message.kind === 'result' && method === 'sampling/createMessage') return { point: 'output', role: 'assistant' };
  return { point: 'tool-call', role: 'user', tool: method };
}

interface Named {
  readonly method: string;
  readonly name: string | undefined;
}

function serverSource(message: McpMessage, { method, name }: Named): TextSource {
  if (message.kind === 'request') return inputSource(method);
  if (message.kind === 'result' && (method === 'initialize' || method === 'server/discover')) return DEFINITION;
  return { point: 'tool-result', role: 'tool', tool: name ?? method };
}

/** What a server asks of a client, whichever way the question travels. */
export function inputSource(method: string): TextSource {
  if (method === 'sampling/createMessage') return { point: 'input', role: 'user' };
  return { point: 'tool-result', role: 'tool', tool: method };
}

/** What a server offers. */
export const DEFINITION: TextSource = { point: 'tool-definition', role: 'definition' };

function clientSource(method: string, params: JsonNode | undefined): TextSource {
  const name = stringOf(params, 'name');
  if (method === 'tools/call') return { point: 'tool-call', role: 'assistant', tool: name ?? method };
  return { point: 'tool-call', role: 'user', tool: method === 'prompts/get' ? (name ?? method) : method };
}
