import { fieldsOf } from './dialects/dialect.ts';
import { Gathered } from './dialects/gathered.ts';
import { eventsIn, jsonIn } from './dialects/read-events.ts';
import { DIALECTS } from './dialects.ts';
import type { DrillCase } from './drill-case.ts';
import type { Sent } from './reaction.ts';

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
  /** `scripted`: the gateway's demo stands in for the provider, and obeys every order that reaches it. `live`: the model itself answers. */
  readonly provider: 'scripted' | 'live';
  /** For one exchange, milliseconds. */
  readonly timeoutMs: number;
  /** Signs that a request is part of this drill. */
  readonly badge: (body: string) => string;
}

/** Sends one case in its protocol. */
export async function sendCase(drillCase: DrillCase, target: DrillTarget): Promise<Sent> {
  const { conversation, protocol, stream } = drillCase;
  const dialect = DIALECTS[protocol];
  const asked = { model: target.model, stream };
  const body = JSON.stringify(dialect.body(conversation, asked));
  try {
    const response = await fetch(`${target.url}${dialect.path(asked)}`, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(target.timeoutMs),
      headers: {
        authorization: `Bearer ${target.credential}`,
        'content-type': 'application/json',
        [BADGE_HEADER]: target.badge(body),
        ...(target.provider === 'scripted' && { [SCRIPT_HEADER]: scriptOf(drillCase) }),
      },
      body,
    });
    return reactionOf(response, await received(response), drillCase);
  } catch (error) {
    return { unanswered: failureOf(error) };
  }
}

function failureOf(error: unknown): string {
  return error instanceof Error && error.name === 'TimeoutError' ? 'timed out' : 'no connection';
}

/** The script in the demo's own words. */
function scriptOf({ answer: { text, toolCalls }, ifTold }: DrillCase): string {
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

interface Received {
  readonly body: Buffer;
  /** Why there is no more of it. */
  readonly broken?: string;
}

/** What came, even where its end did not: what left has left. */
async function received(response: Response): Promise<Received> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > ANSWER_MAX_BYTES) return { body: Buffer.concat(chunks), broken: 'the answer is too large' };
      chunks.push(chunk);
    }
  } catch (error) {
    return { body: Buffer.concat(chunks), broken: failureOf(error) };
  }
  return { body: Buffer.concat(chunks) };
}

function reactionOf(response: Response, { body, broken }: Received, { protocol, stream }: DrillCase): Sent {
  const { status } = response;
  const exchange = response.headers.get('x-sallyport-exchange') ?? '';
  const decision = response.headers.get('x-sallyport-decision') ?? '';
  if (status !== 200) return { status, exchange, decision, text: '', calls: [] };
  const dialect = DIALECTS[protocol];
  const into = new Gathered();
  const values = stream ? eventsIn(body, dialect.framing) : jsonIn(body.toString('utf8'));
  for (const value of values) dialect.read(fieldsOf(value), into);
  const said = { status, exchange, decision, ...into.said };
  if (broken !== undefined) return { ...said, broken };
  return into.isAnswer ? said : { unanswered: `an answer that is none of ${protocol}` };
}

/** Headers hold ASCII: everything else is escaped, as JSON allows. */
function asciiJson(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
