import { createHash } from 'node:crypto';

/** What the demo provider reads of a request: enough to answer it without a script. */
export interface DemoRequest {
  /** Of its answer: the same for the same request. */
  readonly id: string;
  readonly model: string;
  readonly stream: boolean;
  /** `metadata.demo`. */
  readonly script: string | undefined;
  /** The text of the last message that has any. */
  readonly lastText: string;
  /** Characters of all messages: what the demo bills as tokens, four a token. */
  readonly promptChars: number;
  /** The tool that the request demands to be called. */
  readonly forcedTool: { readonly name: string; readonly parameters: unknown } | undefined;
  /** The schema that the answer must fit. */
  readonly schema: unknown;
}

type Fields = { readonly [name: string]: unknown };

/** Reads a request that the gateway has already let through: what doesn't fit is taken for absent. */
export function readDemoRequest(body: Uint8Array): DemoRequest {
  const request = fieldsOf(parsed(body));
  const messages = Array.isArray(request.messages) ? request.messages.map(textOf) : [];
  const { demo } = fieldsOf(request.metadata);
  const format = fieldsOf(request.output_config).format ?? request.output_format;
  return {
    id: `msg_${createHash('sha256').update(body).digest('hex').slice(0, 24)}`,
    model: typeof request.model === 'string' ? request.model : 'demo',
    stream: request.stream === true,
    script: typeof demo === 'string' ? demo : undefined,
    lastText: messages.findLast((text) => text !== '') ?? '',
    promptChars: messages.reduce((sum, { length }) => sum + length, 0),
    forcedTool: forcedTool(request),
    schema: fieldsOf(format).schema,
  };
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A message's own words: what tools said is not repeated. */
function textOf(message: unknown): string {
  const { content } = fieldsOf(message);
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((block) => fieldsOf(block).text)
    .filter((text) => typeof text === 'string')
    .join('\n');
}

function forcedTool({ tools, tool_choice: choice }: Fields): DemoRequest['forcedTool'] {
  const { type, name: wanted } = fieldsOf(choice);
  if (!Array.isArray(tools) || (type !== 'any' && type !== 'tool')) return undefined;
  const chosen = tools.map(fieldsOf).find(({ name }) => wanted === undefined || name === wanted);
  return typeof chosen?.name === 'string' ? { name: chosen.name, parameters: chosen.input_schema } : undefined;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
