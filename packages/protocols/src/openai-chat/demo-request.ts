import { type DemoFields, fieldsOf, jsonOf } from '../demo-fields.ts';

/** What the demo provider reads of a request: enough to answer it without a script. */
export interface DemoRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Answers asked for, 1..128. */
  readonly choices: number;
  readonly logprobs: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  /** The text of the last message that has any. */
  readonly lastText: string;
  /** Characters of all messages: what the demo bills as tokens, four a token. */
  readonly promptChars: number;
  /** The tool that the request demands to be called. */
  readonly forcedTool: { readonly name: string; readonly parameters: unknown } | undefined;
  /** The schema that the answer must fit. */
  readonly schema: unknown;
}

/** Reads a request that the gateway has already let through: what doesn't fit is taken for absent. */
export function readDemoRequest(body: Uint8Array): DemoRequest {
  const request = fieldsOf(jsonOf(body));
  const messages = Array.isArray(request.messages) ? request.messages.map(textOf) : [];
  return {
    model: typeof request.model === 'string' ? request.model : 'demo',
    stream: request.stream === true,
    includeUsage: fieldsOf(request.stream_options).include_usage === true,
    choices: typeof request.n === 'number' ? Math.min(128, Math.max(1, Math.trunc(request.n))) : 1,
    logprobs: request.logprobs === true,
    metadata: strings(fieldsOf(request.metadata)),
    lastText: messages.findLast((text) => text !== '') ?? '',
    promptChars: messages.reduce((sum, { length }) => sum + length, 0),
    forcedTool: forcedTool(request),
    schema: fieldsOf(fieldsOf(request.response_format).json_schema).schema,
  };
}

function textOf(message: unknown): string {
  const { content } = fieldsOf(message);
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part) => fieldsOf(part).text)
    .filter((text) => typeof text === 'string')
    .join('\n');
}

function forcedTool({ tools, tool_choice: choice }: DemoFields): DemoRequest['forcedTool'] {
  if (!Array.isArray(tools)) return undefined;
  const wanted = fieldsOf(fieldsOf(choice).function).name;
  if (choice !== 'required' && wanted === undefined) return undefined;
  const functions = tools.map((tool) => fieldsOf(fieldsOf(tool).function));
  const chosen = functions.find(({ name }) => wanted === undefined || name === wanted);
  return typeof chosen?.name === 'string' ? { name: chosen.name, parameters: chosen.parameters } : undefined;
}

function strings(fields: DemoFields): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) if (typeof value === 'string') found[name] = value;
  return found;
}
