import type { Unseen } from '@sallyport/core';
import { type JsonMember, type JsonNode, stringOf } from '@sallyport/wire';
import { isIdentifier } from '../fields.ts';
import { fields } from './fields.ts';
import table from './items.json' with { type: 'json' };

/** How what a tool is called with stands in an item: JSON in a string, free text, or a value that is part of the item. */
export type CallForm = 'json' | 'text' | 'value';

/** What the members of an item are, beside those of a message: what is not named is text of whoever made the item. */
export interface ItemKind {
  /** The tool, where the item's type names it and no member does. */
  readonly tool: string | undefined;
  /** It calls a tool. */
  readonly isCall: boolean;
  /** It does so in a way that nobody here knows. */
  readonly isUnknownCall: boolean;
  /** Members with which a tool is called. */
  readonly calls: ReadonlyMap<string, CallForm>;
  /** Members with what a tool gave back. */
  readonly results: ReadonlySet<string>;
  /** Members that define tools. */
  readonly definitions: ReadonlySet<string>;
  /** Members that hold base64 without saying so. */
  readonly media: ReadonlyMap<string, Unseen['kind']>;
}

interface KindRow {
  readonly tool?: string;
  readonly call?: Readonly<Record<string, string>>;
  readonly results?: readonly string[];
  readonly definitions?: readonly string[];
  readonly media?: Readonly<Record<string, string>>;
}

const ROWS: Readonly<Record<string, KindRow>> = table;
const KINDS: ReadonlyMap<string, ItemKind> = new Map(Object.entries(ROWS).map(([type, row]) => [type, kindOf(row)]));
const PLAIN = kindOf({});
/** Members of a body whose elements are items. */
export const ITEM_LISTS = ['instructions', 'input', 'items'] as const;
/** What the types of items end with that call a tool, and of those that bring back what it gave. */
const CALL = '_call';
const OUTPUT = '_output';
const UNKNOWN_RESULTS: ReadonlySet<string> = new Set(['output', 'outputs', 'result', 'results', 'error']);
const UNKNOWN_OUTPUT = kindOf({ results: [...UNKNOWN_RESULTS] });

/** Source: OpenAI API reference, "Responses", as the types of the `openai` package 6.49 state it. */
export function itemKind(type = ''): ItemKind {
  const known = KINDS.get(type);
  if (known !== undefined) return known;
  if (type.endsWith(CALL)) return unknownCall(type);
  return type.endsWith(OUTPUT) ? UNKNOWN_OUTPUT : PLAIN;
}

/** The kind of an item at hand: with what an unknown tool is called, only the item says. */
export function kindOfItem(item: JsonNode): ItemKind {
  const type = stringOf(item, 'type') ?? '';
  const kind = itemKind(type);
  if (item.kind !== 'object' || !kind.isUnknownCall) return kind;
  const said = item.members.filter((member) => !UNKNOWN_RESULTS.has(member.key.value) && !isOfFormat(member));
  const names = said.map(({ key }) => key.value).filter((name) => name !== 'name');
  return { ...kind, calls: new Map(names.map((name) => [name, 'value'])) };
}

function unknownCall(type: string): ItemKind {
  const tool = isIdentifier(type) ? type.slice(0, -CALL.length) : undefined;
  return { ...PLAIN, tool, isCall: true, isUnknownCall: true, results: UNKNOWN_RESULTS };
}

/** A member that says nothing: a number, or a word that is the format's own. */
export function isOfFormat({ key, value }: JsonMember): boolean {
  if (value.kind === 'string') return value.value === '' || fields.isStructuralInAnswer(key.value, value.value);
  return value.kind === 'number' || value.kind === 'word';
}

function kindOf({ tool, call = {}, results = [], definitions = [], media = {} }: KindRow): ItemKind {
  return {
    tool,
    isCall: Object.keys(call).length > 0,
    isUnknownCall: false,
    calls: new Map(Object.entries(call)) as ReadonlyMap<string, CallForm>,
    results: new Set(results),
    definitions: new Set(definitions),
    media: new Map(Object.entries(media)) as ReadonlyMap<string, Unseen['kind']>,
  };
}
