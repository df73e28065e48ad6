import type { Message, ToolCall, ToolDefinition, Transcript } from '@sallyport/core';
import { messageRef } from '../message-ref.ts';

/** A call as a model writes it. */
export function call(tool: string, given: Readonly<Record<string, unknown>>, id?: string): ToolCall {
  return { tool, arguments: JSON.stringify(given), ...(id !== undefined && { id }) };
}

export function said(role: 'system' | 'user' | 'assistant', text: string): Message {
  return { role, texts: [{ text }], calls: [], results: [] };
}

/** What an assistant asked a tool, and what came back. */
export function brought(asked: ToolCall, text: string): readonly Message[] {
  return [
    { role: 'assistant', texts: [], calls: [asked], results: [] },
    { role: 'tool', texts: [], calls: [], results: [{ tool: asked.tool, text }] },
  ];
}

export function transcript(messages: readonly Message[], tools: readonly ToolDefinition[] = []): Transcript {
  return { messages: messages.map(messageRef), tools };
}

/** A tool whose arguments are all strings and required. */
export function tool(name: string, ...names: readonly string[]): ToolDefinition {
  const properties = Object.fromEntries(names.map((argument) => [argument, { type: 'string' }]));
  return { name, parameters: { type: 'object', properties, required: names } };
}

export const SEND_MONEY = tool('send_money', 'recipient', 'subject');
export const SEND_EMAIL = tool('send_email', 'to', 'body');
export const READ_FILE = tool('read_file', 'path');
export const GET_WEBPAGE = tool('get_webpage', 'url');
export const LIST_CONTACTS = tool('list_contacts', 'query');
export const DELETE_FILE = tool('delete_file', 'file_id');
export const TOOLS = [SEND_MONEY, SEND_EMAIL, READ_FILE, GET_WEBPAGE, LIST_CONTACTS, DELETE_FILE];
