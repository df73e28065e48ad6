/** Bytes of OpenAI Chat Completions, as providers send them. */

export interface Delta {
  readonly choice?: number;
  readonly delta: Readonly<Record<string, unknown>>;
  readonly finish?: string;
  readonly logprobs?: unknown;
}

/** A request that asks for a stream unless it says otherwise. */
export function requestBody(content: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content }], ...more });
}

export function eventOf({ choice = 0, delta, finish, logprobs }: Delta): string {
  const one = { index: choice, delta, ...(logprobs !== undefined && { logprobs }), finish_reason: finish ?? null };
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [one] };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

/** A stream that says pieces of text, and ends. */
export function streamOf(pieces: readonly string[], field = 'content'): string {
  const events = pieces.map((piece) => eventOf({ delta: { [field]: piece } }));
  return `${eventOf({ delta: { role: 'assistant' } })}${events.join('')}${eventOf({ delta: {}, finish: 'stop' })}${DONE}`;
}

/** The same as one JSON answer. */
export function answerOf(text: string, field = 'content'): string {
  const message = { role: 'assistant', content: null, refusal: null, [field]: text };
  const choice = { index: 0, message, logprobs: null, finish_reason: 'stop' };
  return JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [choice] });
}

interface Parsed {
  readonly choices?: readonly {
    readonly index: number;
    readonly delta?: Readonly<Record<string, unknown>>;
    readonly message?: Readonly<Record<string, unknown>>;
  }[];
}

/** What a client that reads a stream, or a JSON answer, has as the text of a field. */
export function textIn(wire: string, field = 'content', choice = 0): string {
  const values = wire.startsWith('data:') ? eventsIn(wire) : [wire];
  let text = '';
  for (const value of values) {
    for (const { index, delta, message } of (JSON.parse(value) as Parsed).choices ?? []) {
      const said = (delta ?? message)?.[field];
      if (index === choice && typeof said === 'string') text += said;
    }
  }
  return text;
}

/** The data of a stream's events, the end and comments not counted. */
export function eventsIn(wire: string): readonly string[] {
  return wire
    .split('\n\n')
    .map((event) => event.replace(/^data: /, ''))
    .filter((data) => data !== '' && data !== '[DONE]' && !data.startsWith(':'));
}

/** Cuts bytes into chunks of the given sizes, over and over. */
export function cut(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** Cuts a text between characters, never within a surrogate pair. */
export function cutText(text: string, sizes: readonly number[]): readonly string[] {
  const units = Array.from(text);
  const pieces: string[] = [];
  for (let at = 0, i = 0; at < units.length; i += 1) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    pieces.push(units.slice(at, at + size).join(''));
    at += size;
  }
  return pieces;
}
