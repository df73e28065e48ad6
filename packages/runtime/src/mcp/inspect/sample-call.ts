import { hash } from 'node:crypto';
import type { Message, ToolDefinition, Transcript } from '@sallyport/core';

/** Arguments of one tool that are looked at; of more, the rest is not shown. */
export const SHOWN_ARGUMENTS_MAX = 64;

/** A call of a tool as nobody made it, and two conversations in which its values came from different places. */
export interface SampleCall {
  /** JSON. */
  readonly given: string;
  /** The user asked for what the tool does, and wrote every value. */
  readonly fromUser: Transcript;
  /** Every value stood in a text that somebody else wrote. */
  readonly fromText: Transcript;
}

/** A tool whose results are a document as somebody else wrote it. */
const READER: ToolDefinition = { name: 'read_webpage', parameters: { properties: { url: { type: 'string' } } } };

/** Makes up a call from what a tool says of its arguments. */
export function sampleCall(definition: ToolDefinition): SampleCall {
  const entries = Object.entries(propertiesOf(definition.parameters)).slice(0, SHOWN_ARGUMENTS_MAX);
  const values = entries.map(([name, schema], at): [string, unknown] => [name, sampleOf(schema, at)]);
  const words = `${definition.name.replaceAll(/[^A-Za-z0-9]+/g, ' ')}: ${values.map(([, value]) => String(value)).join(', ')}`;
  const tools = [definition, READER];
  const user = (text: string): Message => ({ role: 'user', texts: [{ text }], calls: [], results: [] });
  const read: Message = { role: 'assistant', texts: [], calls: [READ], results: [] };
  const page: Message = {
    role: 'tool',
    texts: [],
    calls: [],
    results: [{ tool: READER.name, id: READ.id, text: words }],
  };
  return {
    given: JSON.stringify(Object.fromEntries(values)),
    fromUser: transcriptOf(tools, [user(`Please ${words}`)]),
    fromText: transcriptOf(tools, [user('Please read the page.'), read, page]),
  };
}

const READ = { tool: READER.name, id: 'read', arguments: '{"url":"https://page.example"}' };

function transcriptOf(tools: readonly ToolDefinition[], messages: readonly Message[]): Transcript {
  const refs = messages.map((message) => ({
    key: hash('sha256', JSON.stringify(message), 'base64'),
    read: () => message,
  }));
  return { tools, messages: refs };
}

function propertiesOf(schema: unknown): Readonly<Record<string, unknown>> {
  const properties = isObject(schema) ? schema.properties : undefined;
  return isObject(properties) ? properties : {};
}

/** A value such as the schema lets pass, as far as that is plain to see. */
function sampleOf(schema: unknown, at: number): unknown {
  const { enum: known, type } = isObject(schema) ? schema : {};
  if (Array.isArray(known) && known.length > 0) return known[0];
  if (type === 'integer' || type === 'number') return FIRST_NUMBER + at;
  if (type === 'boolean') return true;
  return type === 'array' ? [`sample value ${FIRST_NUMBER + at}`] : `sample value ${FIRST_NUMBER + at}`;
}

/** Long enough to be told from numbers that stand everywhere. */
const FIRST_NUMBER = 481_500;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
