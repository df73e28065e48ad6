import { createHash } from 'node:crypto';
import { type DemoFields, fieldsOf, jsonOf } from '../demo-fields.ts';
import type { DemoCall } from '../demo-voice.ts';

/** What the demo provider reads of a request: enough to answer it without a script. */
export interface DemoRequest {
  /** Such as `POST /responses`, ids replaced by `*`. */
  readonly asks: string;
  /** The id in the path, or that of what is made: the same request makes the same. */
  readonly id: string;
  readonly body: DemoFields;
  readonly stream: boolean;
  readonly logprobs: boolean;
  readonly script: string | undefined;
  /** The text of the last item that has any. */
  readonly lastText: string;
  /** Characters of all items: what the demo bills as tokens, four a token. */
  readonly promptChars: number;
  readonly forcedTool: { readonly name: string; readonly parameters: unknown } | undefined;
  readonly schema: unknown;
}

const ID_CHARS = 24;
const LOGPROBS = 'message.output_text.logprobs';

/** Reads a request that the gateway has already let through: what doesn't fit is taken for absent. */
export function readDemoRequest({ method, path, body: bytes }: DemoCall): DemoRequest | undefined {
  const [plain = '', query = ''] = path.split('?');
  const segments = plain.split('/').slice(1);
  if (segments[0] !== 'responses' && segments[0] !== 'conversations') return undefined;
  const isAction = segments[1] === 'input_tokens' || segments[1] === 'compact';
  const given = isAction ? undefined : segments[1];
  const asks = [segments[0], ...segments.slice(1).map((segment, at) => (at % 2 === 0 && !isAction ? '*' : segment))];
  const body = fieldsOf(jsonOf(bytes));
  const texts = Array.isArray(body.input) ? body.input.map(textOf) : [typeof body.input === 'string' ? body.input : ''];
  const { demo } = fieldsOf(body.metadata);
  return {
    asks: `${method} /${asks.join('/')}`,
    id: given ?? createHash('sha256').update(bytes).digest('hex').slice(0, ID_CHARS),
    body,
    stream: body.stream === true || /(?:^|&)stream=true(?:&|$)/.test(query),
    logprobs: (Array.isArray(body.include) && body.include.includes(LOGPROBS)) || query.includes(LOGPROBS),
    script: typeof demo === 'string' ? demo : undefined,
    lastText: texts.findLast((text) => text !== '') ?? '',
    promptChars: texts.reduce((sum, { length }) => sum + length, 0),
    forcedTool: forcedTool(body),
    schema: fieldsOf(fieldsOf(body.text).format).schema,
  };
}

function textOf(item: unknown): string {
  const { content, output } = fieldsOf(item);
  const said = content ?? output;
  if (typeof said === 'string') return said;
  if (!Array.isArray(said)) return '';
  return said
    .map((part) => fieldsOf(part).text)
    .filter((text) => typeof text === 'string')
    .join('\n');
}

function forcedTool({ tools, tool_choice: choice }: DemoFields): DemoRequest['forcedTool'] {
  const wanted = fieldsOf(choice).name;
  if (!Array.isArray(tools) || (choice !== 'required' && wanted === undefined)) return undefined;
  const chosen = tools.map(fieldsOf).find(({ name }) => wanted === undefined || name === wanted);
  return typeof chosen?.name === 'string' ? { name: chosen.name, parameters: chosen.parameters } : undefined;
}
