import { literalLeaves } from './literal-leaves.ts';
import { itemPath, type LeafBounds, type LeafReader, memberPath, type RawLeaf } from './raw-leaf.ts';

/** `name:` or `'name':`, at the start of what a line holds. */
const NAME = /^(?:([\p{L}\p{N}_][\p{L}\p{N}_.@+ /()-]{0,63})|'([^']{1,64})'|"([^"\\]{1,64})")\s*:(?=\s|$)/u;
const BLOCK = /^[|>][+-]?\d?$/;

interface Line {
  readonly indent: number;
  /** Without indentation and the line's end. */
  readonly text: string;
  readonly start: number;
}

/**
 * Reads what serialisers print as YAML: maps and lists in block style, scalars plain, quoted, folded over lines or as blocks,
 * and flow style inside. A text in which a line is none of these is no YAML, so that prose with a colon in it stays prose.
 * Cost: O(length).
 */
export const yamlLeaves: LeafReader = (text, bounds) => {
  const lines = linesOf(text);
  const [first] = lines;
  if (first === undefined || !(isItem(first.text) || NAME.test(first.text))) return undefined;
  const reader = new YamlReader(lines, bounds);
  return reader.document();
};

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    const trimmed = line.trimStart();
    lines.push({ indent: line.length - trimmed.length, text: trimmed, start: start + line.length - trimmed.length });
    start += raw.length + 1;
  }
  while (lines.at(-1)?.text === '') lines.pop();
  return lines;
}

function isItem(text: string): boolean {
  return text === '-' || text.startsWith('- ');
}

class YamlReader {
  readonly #lines: readonly Line[];
  readonly #bounds: LeafBounds;
  readonly #leaves: RawLeaf[] = [];
  #at = 0;

  constructor(lines: readonly Line[], bounds: LeafBounds) {
    this.#lines = lines;
    this.#bounds = bounds;
  }

  document(): readonly RawLeaf[] | undefined {
    const indent = this.#lines[0]?.indent ?? 0;
    if (!this.#node('', indent, 0)) return undefined;
    return this.#at >= this.#lines.length && this.#leaves.length <= this.#bounds.maxLeaves ? this.#leaves : undefined;
  }

  /** A list or a map whose lines begin at `indent`. */
  #node(path: string, indent: number, depth: number): boolean {
    if (depth > this.#bounds.maxDepth) return false;
    const line = this.#lines[this.#at];
    if (line === undefined) return true;
    return isItem(line.text) ? this.#list(path, indent, depth) : this.#map(path, indent, depth);
  }

  #list(path: string, indent: number, depth: number): boolean {
    for (let index = 0; ; index++) {
      const line = this.#next();
      if (line === undefined || line.indent !== indent || !isItem(line.text)) return true;
      const inner = line.text.slice(1).trimStart();
      const offset = line.text.length - inner.length;
      const item = { indent: indent + offset, text: inner, start: line.start + offset };
      if (!this.#item(item, itemPath(path, index), depth)) return false;
    }
  }

  /** What follows a dash: a map or list whose first line stands beside it, or a scalar. */
  #item(item: Line, path: string, depth: number): boolean {
    if (item.text === '') {
      this.#at++;
      const below = this.#next();
      return below === undefined || below.indent <= item.indent - 1 || this.#node(path, below.indent, depth + 1);
    }
    if (isItem(item.text)) return false;
    if (!NAME.test(item.text)) return this.#scalar(item, path, item.indent - 2);
    return this.#members(path, { first: item, indent: item.indent, depth: depth + 1 });
  }

  #map(path: string, indent: number, depth: number): boolean {
    const first = this.#lines[this.#at];
    return first !== undefined && this.#members(path, { first, indent, depth });
  }

  #members(path: string, { first, indent, depth }: { first: Line; indent: number; depth: number }): boolean {
    let line: Line | undefined = first;
    if (depth > this.#bounds.maxDepth) return false;
    while (line !== undefined && line.indent === indent && !isItem(line.text)) {
      const name: RegExpExecArray | null = NAME.exec(line.text);
      if (name === null) return false;
      const key = name[1] ?? name[2] ?? name[3] ?? '';
      const rest = line.text.slice(name[0].length);
      const value = rest.trimStart();
      const inner = memberPath(path, key);
      if (!this.#add({ path: `${inner}#name`, value: key, start: line.start })) return false;
      const start = line.start + name[0].length + rest.length - value.length;
      if (!this.#member({ indent, text: value, start }, inner, depth)) return false;
      line = this.#next();
    }
    return true;
  }

  #member(value: Line, path: string, depth: number): boolean {
    if (value.text !== '') return this.#scalar(value, path, value.indent);
    this.#at++;
    const below = this.#next();
    if (below === undefined) return true;
    const nested = below.indent > value.indent || (below.indent === value.indent && isItem(below.text));
    return !nested || this.#node(path, below.indent, depth + 1);
  }

  /** A scalar that begins here, with the lines that belong to it: those further in than `indent`, and empty ones between. */
  #scalar(value: Line, path: string, indent: number): boolean {
    const block = BLOCK.test(value.text);
    const parts: string[] = [block ? '' : value.text];
    this.#at++;
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at] as Line;
      if (line.text !== '' && line.indent <= indent) break;
      parts.push(line.text);
      this.#at++;
    }
    while (parts.at(-1) === '' && parts.length > 1) parts.pop();
    if (parts.length === 1 && /^[[{]/.test(value.text)) return this.#flow(value, path);
    return this.#add({ path, value: block ? parts.join('\n').trim() : unquoted(parts), start: value.start });
  }

  #flow({ text, start }: Line, path: string): boolean {
    const inner = literalLeaves(text, this.#bounds);
    if (inner === undefined) return this.#add({ path, value: text, start });
    return inner.every((leaf) => {
      const joined = leaf.path.startsWith('[') || leaf.path === '' ? path + leaf.path : `${path}.${leaf.path}`;
      return this.#add({ ...leaf, path: joined, start: start + leaf.start });
    });
  }

  #add(leaf: RawLeaf): boolean {
    this.#leaves.push(leaf);
    return this.#leaves.length <= this.#bounds.maxLeaves;
  }

  #next(): Line | undefined {
    while (this.#lines[this.#at]?.text === '') this.#at++;
    return this.#lines[this.#at];
  }
}

/** Lines of a scalar as its reader gets them: folded ones joined, escapes of the double quotes undone. */
function unquoted(parts: readonly string[]): string {
  const [first = ''] = parts;
  const quote = first[0];
  if (quote !== '"' && quote !== "'") return folded(parts);
  const inner = folded(quote === '"' ? glued(parts) : parts)
    .slice(1)
    .replace(/["']$/, '');
  return quote === "'" ? inner.replaceAll("''", "'") : inner.replace(ESCAPE, unescaped);
}

/** In double quotes, a backslash at a line's end goes on with the next line, and one at its start keeps the space after it. */
function glued(parts: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let open = false;
  for (const part of parts) {
    const goesOn = /(?:^|[^\\])(?:\\\\)*\\$/.test(part);
    const text = goesOn ? part.slice(0, -1) : part;
    if (open) lines.push(`${lines.pop() ?? ''}${text}`);
    else lines.push(text);
    open = goesOn;
  }
  return lines;
}

const ESCAPE = /\\(?:x[\da-f]{2}|u[\da-f]{4}|.)/gi;
const NAMED_ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function unescaped(written: string): string {
  if (written.length > 2) return String.fromCharCode(Number.parseInt(written.slice(2), 16));
  const char = written.slice(1);
  return NAMED_ESCAPES[char] ?? char;
}

/** An empty line is a break; any other end of a line is a space. */
function folded(parts: readonly string[]): string {
  let text = parts[0] ?? '';
  for (let n = 1; n < parts.length; n++) {
    const part = parts[n] as string;
    text += part === '' ? '\n' : text.endsWith('\n') || text === '' ? part : ` ${part}`;
  }
  return text;
}
