import type { Unseen } from '@sallyport/core';
import table from './items.json' with { type: 'json' };

/** How what a tool is called with stands in an item: JSON in a string, free text, or a value that is part of the item. */
export type CallForm = 'json' | 'text' | 'value';

/** What the members of an item are, beside those of a message: what is not named is text of whoever made the item. */
export interface ItemKind {
  /** The tool, where the item's type names it and no member does. */
  readonly tool: string | undefined;
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

/** Source: OpenAI API reference, "Responses", as the types of the `openai` package 6.49 state it. */
export function itemKind(type: string | undefined): ItemKind {
  return KINDS.get(type ?? '') ?? PLAIN;
}

function kindOf({ tool, call = {}, results = [], definitions = [], media = {} }: KindRow): ItemKind {
  return {
    tool,
    calls: new Map(Object.entries(call)) as ReadonlyMap<string, CallForm>,
    results: new Set(results),
    definitions: new Set(definitions),
    media: new Map(Object.entries(media)) as ReadonlyMap<string, Unseen['kind']>,
  };
}
