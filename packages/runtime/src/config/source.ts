import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import type { ConfigProblem } from './problem.ts';

/** A configuration file larger than this is refused unread. */
export const MAX_CONFIG_BYTES = 1_048_576;
/** How often anchors may be repeated: without a bound a small file grows to gigabytes. */
const MAX_ALIASES = 100;

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface ConfigSource {
  /** The plain value of the document; a key with nothing behind it counts as not given. */
  readonly value: unknown;
  /** Where the value at a path stands, or the key itself; the nearest parent when the path leads nowhere. */
  locate(path: readonly PropertyKey[], target?: 'key' | 'value'): Position;
}

/** What stands in where there is no file, or nothing in it. */
export const EMPTY_SOURCE: ConfigSource = { value: {}, locate: () => ({ line: 1, column: 1 }) };

/** Reads YAML, keeping the place of every key and value. Syntax errors are values. */
export function parseSource(text: string, file: string): ConfigSource | { problems: readonly ConfigProblem[] } {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
  });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if ('empty' in documents) return EMPTY_SOURCE;

  const problems: ConfigProblem[] = documents
    .flatMap((document) => [...document.errors, ...document.warnings])
    .map((error) => ({ file, ...position(error.pos[0]), path: '', message: syntaxMessage(error.code) }));
  const [document, second] = documents;
  if (second !== undefined) {
    problems.push({ file, ...position(second.range[0]), path: '', message: 'a second YAML document is not read' });
  }
  if (problems.length > 0 || document === undefined) return { problems };

  const value = plainValue(() => document.toJS({ maxAliasCount: MAX_ALIASES }));
  if (value === TOO_MANY_ALIASES) {
    return { problems: [{ file, line: 1, column: 1, path: '', message: 'repeats its anchors too often' }] };
  }
  const root: Node | null = document.contents;
  return {
    value: value ?? {},
    locate: (path, target = 'value') => position(offsetOf({ root, path, target })),
  };
}

const TOO_MANY_ALIASES = Symbol('too many aliases');

function plainValue(read: () => unknown): unknown {
  try {
    return withoutNulls(read());
  } catch (error) {
    if (error instanceof ReferenceError) return TOO_MANY_ALIASES;
    throw error;
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutNulls(inner)]));
}

interface Place {
  readonly root: Node | null;
  readonly path: readonly PropertyKey[];
  readonly target: 'key' | 'value';
}

function offsetOf({ root, path, target }: Place): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const last = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return offset;
      const wanted = last && target === 'key' ? pair.key : (pair.value ?? pair.key);
      offset = rangeStart(wanted) ?? rangeStart(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = rangeStart(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** The library's own messages quote the text; ours must not, since it may be a secret in the wrong place. */
function syntaxMessage(code: string): string {
  return SYNTAX_MESSAGES[code] ?? `is not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
}

const SYNTAX_MESSAGES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands twice in one mapping',
  TAB_AS_INDENT: 'tabs must not indent',
  BAD_INDENT: 'is indented wrongly',
  MISSING_CHAR: 'is not valid YAML: a closing quote, bracket or colon is missing',
};
