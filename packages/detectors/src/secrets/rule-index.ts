import type { Rule } from './rule.ts';

/** Which rules a text calls for: by the keyword that stands at an offset, or by how far the last one has arrived. */
export interface RuleIndex {
  /** Every keyword of every rule. */
  readonly keywords: readonly string[];
  /** Rules that have a keyword at this offset. */
  at(text: string, offset: number): readonly Rule[];
  /** First offset from which on the end of the text may become a keyword, or what a rule takes before its keyword. */
  openBeginning(text: string): number;
}

/** A node of the tree that is walked from the end of a text backwards. */
interface Beginning {
  readonly before: Map<number, Beginning>;
  /** Rules with a keyword that begins with what was walked. */
  readonly rules: Set<Rule>;
}

interface Entry {
  /** Lower case. */
  readonly keyword: string;
  readonly rule: Rule;
}

/** Characters by which entries are looked up: no keyword is shorter. */
const LOOKUP_CHARS = 2;

export function indexRules(rules: readonly Rule[]): RuleIndex {
  const entries = rules.flatMap((rule) => rule.keywords.map((keyword) => ({ keyword: keyword.toLowerCase(), rule })));
  const longest = Math.max(...entries.map(({ keyword }) => keyword.length));
  const byStart = new Map<string, Entry[]>();
  for (const entry of entries) {
    const start = entry.keyword.slice(0, LOOKUP_CHARS);
    byStart.set(start, [...(byStart.get(start) ?? []), entry]);
  }
  const root = beginningsOf(entries);
  return {
    keywords: [...new Set(entries.map(({ keyword }) => keyword))],
    at: (text, offset) => {
      const here = text.slice(offset, offset + longest).toLowerCase();
      const called: Rule[] = [];
      for (const { keyword, rule } of byStart.get(here.slice(0, LOOKUP_CHARS)) ?? []) {
        if (here.startsWith(keyword) && !called.includes(rule)) called.push(rule);
      }
      return called;
    },
    openBeginning: (text) => openBeginning(root, text),
  };
}

function openBeginning(root: Beginning, text: string): number {
  let open = text.length;
  let node: Beginning | undefined = root;
  for (let at = text.length; node !== undefined; at--) {
    for (const rule of node.rules) open = Math.min(open, rule.openBefore(text, at));
    node = at === 0 ? undefined : node.before.get(lowerCase(text.charCodeAt(at - 1)));
  }
  return open;
}

function beginningsOf(entries: readonly Entry[]): Beginning {
  const root: Beginning = { before: new Map(), rules: new Set() };
  for (const { keyword, rule } of entries) {
    for (let length = rule.leads ? 0 : 1; length < keyword.length; length++)
      nodeOf(root, keyword.slice(0, length)).rules.add(rule);
  }
  return root;
}

function nodeOf(root: Beginning, beginning: string): Beginning {
  let node = root;
  for (let i = beginning.length - 1; i >= 0; i--) {
    const unit = beginning.charCodeAt(i);
    const next = node.before.get(unit) ?? { before: new Map(), rules: new Set() };
    node.before.set(unit, next);
    node = next;
  }
  return node;
}

/** ASCII only: keywords are. */
function lowerCase(unit: number): number {
  return unit >= 65 && unit <= 90 ? unit + 32 : unit;
}
