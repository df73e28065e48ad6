import type { Conversation, OfferedTool } from '../conversation.ts';
import type { Gathered } from './gathered.ts';
import type { Framing } from './read-events.ts';

export interface Asked {
  readonly model: string;
  readonly stream: boolean;
}

/** How one protocol says a conversation, and where its answers say what left. */
export interface Dialect {
  readonly path: (asked: Asked) => string;
  readonly body: (conversation: Conversation, asked: Asked) => object;
  readonly framing: Framing;
  /** Reads a whole answer, or one event of a stream: their forms differ, so one reader takes both. */
  readonly read: (value: Fields, into: Gathered) => void;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The members of an object; of anything else there are none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** The parameters of a tool as a JSON Schema: each is a text. */
export function schemaOf({ parameters }: OfferedTool): object {
  const properties = Object.entries(parameters).map(([name, description]) => [
    name,
    { type: 'string', ...(description !== '' && { description }) },
  ]);
  return { type: 'object', properties: Object.fromEntries(properties) };
}

/** One text as it stands, several as parts. */
export function partsOr<Part>(pieces: readonly string[], part: (text: string) => Part): string | readonly Part[] {
  const [only = ''] = pieces;
  return pieces.length === 1 ? only : pieces.map(part);
}
