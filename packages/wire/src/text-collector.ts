import { Buffer } from 'node:buffer';
import type {
  Checkpoint,
  Origin,
  PlacedResult,
  Role,
  Segment,
  SliceContent,
  Span,
  ToolAnnotations,
  ToolCall,
  ToolDefinition,
  Unseen,
} from '@sallyport/core';
import { isFault } from '@sallyport/core';
import { ByteOffsets } from './byte-offsets.ts';
import type { JsonNode, JsonNumber, JsonString } from './json-node.ts';
import { isBase64, mediaOf } from './media.ts';
import { parseJson } from './parse-json.ts';
import { type TextPlace, walkTexts } from './walk-texts.ts';

/** What is true of a text wherever it stands. */
export interface TextSource {
  readonly point: Checkpoint;
  readonly role: Role;
  readonly tool?: string | undefined;
  /** Signed by the provider: never edited. */
  readonly fixed?: boolean;
}

/** The slice that is being read: its bytes decoded, and what is true of all its texts. */
export interface OpenedSlice extends TextSource {
  /** It claims a role that nobody knows. */
  readonly stranger?: boolean;
  readonly slice: number;
  /** What the nodes were parsed from. */
  readonly text: string;
  readonly byteLength: number;
  /** Where offsets of `text` stand in the slice's bytes, where the slice is not all of it. */
  readonly offsets?: SliceOffsets;
}

/** From UTF-16 offsets of a text to byte offsets of a slice that was cut from it. */
export interface SliceOffsets {
  at(offset: number): number;
}

/** What a message calls a tool and a call of it. */
export interface CallNames {
  readonly tool?: string | undefined;
  readonly id?: string | undefined;
}

/** Where a definition says what. */
export interface DefinitionNodes {
  readonly name: string | undefined;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments. */
  readonly parameters?: JsonNode | undefined;
  readonly annotations?: JsonNode | undefined;
}

/** Containers within containers that are looked into inside a string that holds JSON; deeper, the string is one text. */
const INNER_DEPTH = 64;
/** Values and names that are looked into there; of more, the string is one text. */
const INNER_NODES = 100_000;

/** Gathers the segments of one slice of a request. */
export class TextCollector {
  readonly #opened: OpenedSlice;
  readonly #offsets: SliceOffsets;
  readonly #segments: Segment[];
  readonly #unseen: Unseen[];
  readonly #calls: ToolCall[];
  readonly #results: PlacedResult[];
  readonly #definitions: ToolDefinition[];

  /** @param whole gathers the texts of the same slice, of which this one takes a part */
  constructor(opened: OpenedSlice, whole?: TextCollector) {
    this.#opened = opened;
    const { offsets, text, byteLength } = opened;
    this.#offsets = whole === undefined ? (offsets ?? new ByteOffsets(text, byteLength)) : whole.#offsets;
    this.#segments = whole === undefined ? [] : whole.#segments;
    this.#unseen = whole === undefined ? [] : whole.#unseen;
    this.#calls = whole === undefined ? [] : whole.#calls;
    this.#results = whole === undefined ? [] : whole.#results;
    this.#definitions = whole === undefined ? [] : whole.#definitions;
  }

  /** The tool whose texts are gathered. */
  get tool(): string | undefined {
    return this.#opened.tool;
  }

  /** Gathers into the same list texts of which something else is true, such as a document within a user's message. */
  from(source: Partial<TextSource>): TextCollector {
    return new TextCollector({ ...this.#opened, ...source }, this);
  }

  /** A literal is a text. Empty ones have nothing to look at. */
  add(node: JsonString | JsonNumber, field: string, tool = this.#opened.tool): void {
    const text = node.kind === 'string' ? node.value : this.#opened.text.slice(node.start, node.end);
    this.#push(node, text, { field, tool });
  }

  /** What a walk came upon: a text, or the name of a member. */
  addPlace({ node, isKey }: Pick<TextPlace, 'node' | 'isKey'>, field: string, tool = this.#opened.tool): void {
    if (isKey && node.kind === 'string') this.#push(node, node.value, { field, tool, isName: true });
    else this.add(node, field, tool);
  }

  /** A literal whose text may itself be JSON: each string and key in it is a text of its own. */
  addJson(node: JsonString, field: string, tool = this.#opened.tool): void {
    const inside = parseJson(node.value, { maxDepth: INNER_DEPTH, maxNodes: INNER_NODES, strict: false });
    if (isFault(inside) || inside.kind === 'word' || inside.kind === 'number') {
      this.add(node, field, tool);
      return;
    }
    walkTexts(inside, { field, path: '' }, (place) => {
      const span = { start: place.node.start, end: place.node.end };
      const text = place.node.kind === 'string' ? place.node.value : node.value.slice(span.start, span.end);
      this.#push(node, text, { field, tool, inner: span, ...(place.isKey && { isName: true }) });
    });
  }

  /** A literal that holds a text in base64, which must be UTF-8: edits are of that text. */
  addBase64(node: JsonString, field: string, tool = this.#opened.tool): void {
    this.#push(node, Buffer.from(node.value, 'base64').toString('utf8'), { field, tool, encoding: 'base64' });
  }

  /** Notes a call of a tool. @param given what it is called with, as a value or as JSON in a string */
  call({ tool, id }: CallNames, given: JsonNode | undefined): void {
    if (tool === undefined) return;
    const written = given === undefined ? '{}' : this.#written(given);
    this.#calls.push({ tool, arguments: written, ...(id !== undefined && { id }) });
  }

  /** Notes what a tool brought, whatever its shape: before its texts, where others may follow in the slice. */
  result({ tool, id }: CallNames, brought: JsonNode | undefined): void {
    if (brought === undefined) return;
    this.#results.push({
      text: this.#shown(brought),
      ...(tool !== undefined && { tool }),
      ...(id !== undefined && { id }),
      segment: this.#segments.length,
    });
  }

  /** Notes a definition. One without a name defines nothing that could be called. */
  define({ name, description, parameters, annotations }: DefinitionNodes): void {
    if (name === undefined) return;
    const hints = annotations?.kind === 'object' ? (this.#valueOf(annotations) as ToolAnnotations) : undefined;
    this.#definitions.push({
      name,
      ...(description !== undefined && { description }),
      ...(parameters !== undefined && { parameters: this.#valueOf(parameters) }),
      ...(hints !== undefined && { annotations: hints }),
    });
  }

  see(kind: Unseen['kind'], at: string, bytes: number): void {
    this.#unseen.push({ kind, at, bytes });
  }

  /** Bytes between two places of the slice. */
  bytesOf(span: Span): number {
    return this.#offsets.at(span.end) - this.#offsets.at(span.start);
  }

  content(): SliceContent {
    return {
      segments: this.#segments,
      unseen: this.#unseen,
      ...(this.#opened.stranger === true && { stranger: true }),
      ...(this.#calls.length > 0 && { calls: this.#calls }),
      ...(this.#results.length > 0 && { results: this.#results }),
      ...(this.#definitions.length > 0 && { definitions: this.#definitions }),
    };
  }

  /** A string as it reads, any other value as it is written. */
  #written(node: JsonNode): string {
    return node.kind === 'string' ? node.value : this.#opened.text.slice(node.start, node.end);
  }

  /** What a reader sees of a result: texts of its parts, one below the other, and everything else as it is written. */
  #shown(node: JsonNode): string {
    const parts = node.kind === 'array' ? node.items : [node];
    return parts.map((part) => this.#readable(textOf(part) ?? part)).join('\n');
  }

  /** As it is written, without what is no text: pictures and files would be taken for long words. */
  #readable(node: JsonNode): string {
    if (node.kind === 'string') return node.value;
    const { text } = this.#opened;
    let readable = '';
    let from = node.start;
    walkTexts(node, { field: '', path: '' }, ({ node: inner }) => {
      if (inner.kind !== 'string' || !isMedia(inner.value)) return;
      readable += `${text.slice(from, inner.start)}""`;
      from = inner.end;
    });
    return readable + text.slice(from, node.end);
  }

  #valueOf(node: JsonNode): unknown {
    return JSON.parse(this.#opened.text.slice(node.start, node.end));
  }

  #push(literal: Span, text: string, { field, tool, isName, ...within }: Placing): void {
    if (text === '') return;
    const { slice, point, role, fixed } = this.#opened;
    const at = { slice, start: this.#offsets.at(literal.start), end: this.#offsets.at(literal.end) };
    const origin: Origin = tool === undefined ? { role, field } : { role, field, tool };
    const placed = { point, origin, text, at: { ...at, ...within } };
    this.#segments.push({ ...placed, ...(fixed === true && { fixed }), ...(isName === true && { isName }) });
  }
}

/** Members of a typed part beside what it says. */
const ABOUT_PART: ReadonlySet<string> = new Set(['type', 'cache_control', 'annotations']);

/** What a typed part says, if that is all there is in it. */
function textOf(part: JsonNode): JsonNode | undefined {
  if (part.kind !== 'object') return undefined;
  const said = part.members.filter(({ key }) => !ABOUT_PART.has(key.value));
  const [only] = said;
  return said.length === 1 && (only?.key.value === 'text' || only?.key.value === 'json') ? only.value : undefined;
}

/** Characters of nothing but base64 from which on it is a file. */
const FILE_CHARS = 1_024;

function isMedia(text: string): boolean {
  return mediaOf(text) !== undefined || (text.length >= FILE_CHARS && isBase64(text));
}

interface Placing {
  readonly field: string;
  readonly tool: string | undefined;
  readonly inner?: Span;
  readonly encoding?: 'base64';
  readonly isName?: true;
}
