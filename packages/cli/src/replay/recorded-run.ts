import type { Message, MessageRef, ToolCall, ToolDefinition } from '@sallyport/core';
import { messageRef } from '@sallyport/flow';

/** One recorded run of an agent, as far as a replay needs it. */
export interface RecordedRun {
  readonly id: string;
  readonly suite: string;
  readonly model: string;
  /** Null in a run that nobody attacked. */
  readonly attack: string | null;
  /** Whether the user's task was done. */
  readonly utility: boolean;
  readonly attackSucceeded: boolean;
  readonly messages: readonly MessageRef[];
  /** The calls that each message makes, by its index. */
  readonly calls: ReadonlyMap<number, readonly ToolCall[]>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads one row; undefined when it is none. Never quotes it. */
export function parseRun(line: string): RecordedRun | undefined {
  const row = objectOf(line);
  if (row === undefined || typeof row.id !== 'string' || typeof row.suite !== 'string') return undefined;
  if (!Array.isArray(row.messages)) return undefined;
  const messages: Message[] = [];
  for (const entry of row.messages) {
    const message = isFields(entry) ? messageOf(entry) : undefined;
    if (message === undefined) return undefined;
    messages.push(message);
  }
  return {
    id: row.id,
    suite: row.suite,
    model: textOr(row.model, ''),
    attack: typeof row.attack === 'string' ? row.attack : null,
    utility: row.utility === true,
    attackSucceeded: row.attack_succeeded === true,
    messages: messages.map(messageRef),
    calls: new Map(messages.flatMap(({ calls }, at) => (calls.length > 0 ? [[at, calls]] : []))),
  };
}

function messageOf({ role, content, tool_calls: called, name, tool_call_id: id }: Fields): Message | undefined {
  const text = textOr(content, '');
  const calls = Array.isArray(called) ? called.filter(isFields).map(callOf) : [];
  switch (role) {
    case 'tool': {
      const result = { text, ...(typeof name === 'string' && { tool: name }), ...(typeof id === 'string' && { id }) };
      return { role, texts: [], calls: [], results: [result] };
    }
    case 'system':
    case 'user':
    case 'assistant':
      return { role, texts: text === '' ? [] : [{ text }], calls, results: [] };
    default:
      return undefined;
  }
}

function callOf({ id, name, arguments: given }: Fields): ToolCall {
  const text = typeof given === 'string' ? given : JSON.stringify(given ?? {});
  return { tool: textOr(name, ''), arguments: text, ...(typeof id === 'string' && { id }) };
}

/** Tools by suite, from `{suite: [{name, description, parameters}]}`; undefined when it is something else. */
export function parseTools(text: string): ReadonlyMap<string, readonly ToolDefinition[]> | undefined {
  const document = objectOf(text);
  if (document === undefined) return undefined;
  const suites = new Map<string, readonly ToolDefinition[]>();
  for (const [suite, tools] of Object.entries(document)) {
    if (!Array.isArray(tools)) return undefined;
    const defined = tools.filter(isFields).filter(({ name }) => typeof name === 'string');
    suites.set(suite, defined as unknown as readonly ToolDefinition[]);
  }
  return suites;
}

/** Which calls decide a run's attack: positions in the list of all its calls. */
export interface CriticalCalls {
  readonly id: string;
  readonly calls: readonly number[];
}

export function parseCritical(line: string): CriticalCalls | undefined {
  const row = objectOf(line);
  if (row === undefined || typeof row.id !== 'string' || !Array.isArray(row.critical_calls)) return undefined;
  return { id: row.id, calls: row.critical_calls.filter((at): at is number => Number.isInteger(at)) };
}

function objectOf(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}
