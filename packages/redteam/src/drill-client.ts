import type { DrillCase } from './drill-case.ts';

/** An answer that is longer is not read to its end, bytes. */
const ANSWER_MAX_BYTES = 4 * 1_048_576;
/** The header by which the demo provider is told what to answer. */
const SCRIPT_HEADER = 'x-demo-answer';
/** The header that says that a request is part of a drill. */
const BADGE_HEADER = 'x-sallyport-drill';

export interface DrillTarget {
  /** Address of the data plane, such as `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly credential: string;
  readonly model: string;
  /** `scripted`: the demo provider obeys every order that reaches it. `live`: the model itself answers. */
  readonly provider: 'scripted' | 'live';
  /** For one exchange, milliseconds. */
  readonly timeoutMs: number;
  /** Signs that a request is part of this drill. */
  readonly badge: (body: string) => string;
}

/** What came back of one exchange. */
export interface Reaction {
  readonly status: number;
  /** Id of the exchange; empty when the gateway gave none. */
  readonly exchange: string;
  /** The effect that the gateway told. */
  readonly decision: string;
  readonly text: string;
  readonly calls: readonly { readonly tool: string; readonly arguments: string }[];
}

/** @returns why there is none, when nothing came back that can be read */
export type Sent = Reaction | { readonly unanswered: string };

/** Sends one case as an OpenAI chat completion. */
export async function sendCase({ request, answer, ifTold }: DrillCase, target: DrillTarget): Promise<Sent> {
  const body = JSON.stringify({ model: target.model, ...request });
  try {
    const response = await fetch(`${target.url}/v1/chat/completions`, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(target.timeoutMs),
      headers: {
        authorization: `Bearer ${target.credential}`,
        'content-type': 'application/json',
        [BADGE_HEADER]: target.badge(body),
        ...(target.provider === 'scripted' && { [SCRIPT_HEADER]: scriptOf({ answer, ifTold }) }),
      },
      body,
    });
    return reactionOf(response, await textOf(response));
  } catch (error) {
    return { unanswered: error instanceof Error && error.name === 'TimeoutError' ? 'timed out' : 'no connection' };
  }
}

/** The script in the demo's own words. */
function scriptOf({ answer: { text, toolCalls }, ifTold }: Pick<DrillCase, 'answer' | 'ifTold'>): string {
  return asciiJson(
    JSON.stringify({
      ...(text !== undefined && { text }),
      ...(toolCalls !== undefined && {
        toolCalls: toolCalls.map(({ tool, arguments: given }) => ({ name: tool, arguments: given })),
      }),
      ...(ifTold.length > 0 && { ifTold }),
    }),
  );
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > ANSWER_MAX_BYTES) throw new RangeError('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reactionOf(response: Response, body: string): Sent {
  const { status } = response;
  const exchange = response.headers.get('x-sallyport-exchange') ?? '';
  const decision = response.headers.get('x-sallyport-decision') ?? '';
  if (status !== 200) return { status, exchange, decision, text: '', calls: [] };
  const message = messageIn(body);
  return message === undefined
    ? { unanswered: 'an answer that is no chat completion' }
    : { status, exchange, decision, ...message };
}

type Node = Readonly<Record<string, unknown>>;

function messageIn(body: string): Pick<Reaction, 'text' | 'calls'> | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return undefined;
  }
  const [choice] = listAt(nodeOf(answer), 'choices');
  const message = nodeOf(nodeOf(choice)?.message);
  if (message === undefined) return undefined;
  const calls = listAt(message, 'tool_calls').map((call) => {
    const made = nodeOf(nodeOf(call)?.function);
    return { tool: stringAt(made, 'name'), arguments: stringAt(made, 'arguments') };
  });
  return { text: stringAt(message, 'content'), calls };
}

function nodeOf(value: unknown): Node | undefined {
  return typeof value === 'object' && value !== null ? (value as Node) : undefined;
}

function listAt(node: Node | undefined, name: string): readonly unknown[] {
  const value = node?.[name];
  return Array.isArray(value) ? value : [];
}

function stringAt(node: Node | undefined, name: string): string {
  const value = node?.[name];
  return typeof value === 'string' ? value : '';
}

/** Headers hold ASCII: everything else is escaped, as JSON allows. */
function asciiJson(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
