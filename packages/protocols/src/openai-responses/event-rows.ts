import table from './events.json' with { type: 'json' };
import { itemKind } from './item-kinds.ts';

/** An event that says a text, or more of one, and where in its item that text stands. */
export interface EventRow {
  readonly member: string;
  /** `content` or `summary`. */
  readonly list: string;
  readonly field: string;
  /** The item's member, where it is what a tool is called with. */
  readonly call?: string;
  /** More of the text; otherwise all of it. */
  readonly more: boolean;
}

const ROWS = new Map<string, EventRow>(
  Object.entries(table).map(([type, row]) => [type, { list: '', field: '', more: false, ...row }]),
);

/** Source: OpenAI API reference, "Streaming events", as the types of the `openai` package 6.49 state it. */
export function eventRow(type: string): EventRow | undefined {
  return ROWS.get(type);
}

/** An event of a call whose kind nobody here knows, or of which no event was known. */
export interface CallEvent {
  /** The type of the item that it is about. */
  readonly itemType: string;
  /** What of the item it says. */
  readonly member: string;
  /** More of it, or its beginning; otherwise all of it. */
  readonly more: boolean;
  /** It says what came back from the tool. */
  readonly isResult: boolean;
}

const CALL_EVENT = /^response\.(\w{1,64}?_call)(?:[._]([\w.]{1,64}))?\.(added|delta|done)$/;
const RESULT = /^(?:outputs?|results?|logs)(?:[._]|$)/;

/** What the name of an event says of a call: all that is called `<tool>_call_<member>` is a part of one. */
export function callEvent(type: string): CallEvent | undefined {
  const [, itemType, member = '', end] = CALL_EVENT.exec(type) ?? [];
  if (itemType === undefined || !itemKind(itemType).isCall) return undefined;
  return { itemType, member: member || 'delta', more: end !== 'done', isResult: RESULT.test(member) };
}

const PART_EVENTS: ReadonlySet<string> = new Set([
  'response.content_part.added',
  'response.content_part.done',
  'response.reasoning_summary_part.added',
  'response.reasoning_summary_part.done',
]);

export function isPartEvent(type: string): boolean {
  return PART_EVENTS.has(type);
}
