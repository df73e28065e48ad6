import { decodeHeaderValue, encodeHeaderValue, type McpRequest, type McpResult } from '@sallyport/mcp';
import { type JsonNode, memberOf, stringOf } from '@sallyport/wire';

const PREFIX = 'mcp-param-';
const DECLARED_BY = 'x-mcp-header';
/** A token of RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
const TYPES: ReadonlySet<string | undefined> = new Set(['string', 'integer', 'number', 'boolean']);
/** Tools of a server of which this is known, and declarations of one tool. */
const MAX_TOOLS = 1_000;
const MAX_DECLARATIONS = 32;
/** Longest value that a header repeats, characters: no server takes much more in its headers. */
const MAX_VALUE_CHARS = 4_096;

/** An argument that a header repeats. */
interface Declared {
  /** In lower case. */
  readonly header: string;
  /** Names of members, from the arguments inward. */
  readonly path: readonly string[];
  /** Of a number the revision says nothing: some clients repeat it, some do not. */
  readonly isOptional: boolean;
}

/** What a header has to say of a request. */
interface Said extends Pick<Declared, 'header' | 'isOptional'> {
  readonly value: string;
}

/**
 * Arguments of tools that headers repeat, for those who let requests pass by their headers alone. The schema of a tool says
 * which: it is learnt from the lists that pass. Source: MCP 2026-07-28, Streamable HTTP, `x-mcp-header` (SEP-2243).
 */
export class ParamHeaders {
  readonly #byTool = new Map<string, readonly Declared[]>();

  /** Learns from the answer to a request, if that is a list of tools. */
  learn({ method, params }: Pick<McpRequest, 'method' | 'params'>, { result }: Pick<McpResult, 'result'>): void {
    const tools = memberOf(result, 'tools');
    if (method !== 'tools/list' || tools?.kind !== 'array') return;
    if (memberOf(params, 'cursor') === undefined) this.#byTool.clear();
    for (const tool of tools.items) {
      const name = stringOf(tool, 'name');
      const declared = declaredIn(memberOf(tool, 'inputSchema'));
      if (name === undefined || declared.length === 0 || this.#byTool.size >= MAX_TOOLS) continue;
      this.#byTool.set(name, declared);
    }
  }

  /** The headers that repeat what a request says. */
  headersFor(request: Pick<McpRequest, 'method' | 'params'>): Record<string, string> {
    return Object.fromEntries(this.#said(request).map(({ header, value }) => [header, encodeHeaderValue(value)]));
  }

  /** Whether headers say what the request says. One that is absent would let a request pass those who look at headers alone. */
  fit(
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    request: Pick<McpRequest, 'method' | 'params'>,
  ): boolean {
    return this.#said(request).every(({ header, value, isOptional }) => {
      const told = headers[header];
      if (told === undefined) return isOptional;
      return typeof told === 'string' && decodeHeaderValue(told.trim()) === value;
    });
  }

  #said({ method, params }: Pick<McpRequest, 'method' | 'params'>): readonly Said[] {
    if (method !== 'tools/call') return [];
    const given = memberOf(params, 'arguments');
    return (this.#byTool.get(stringOf(params, 'name') ?? '') ?? []).flatMap(({ header, path, isOptional }) => {
      const value = wordOf(path.reduce(memberOf, given));
      return value === undefined || value.length > MAX_VALUE_CHARS ? [] : [{ header, value, isOptional }];
    });
  }
}

/** Declarations on properties, and on properties of those: nowhere else do they mean anything. Of two for one header neither holds. */
function declaredIn(schema: JsonNode | undefined): readonly Declared[] {
  const found: Declared[] = [];
  const visit = (node: JsonNode | undefined, path: readonly string[]): void => {
    const properties = memberOf(node, 'properties');
    if (properties?.kind !== 'object') return;
    for (const { key, value } of properties.members) {
      const inner = [...path, key.value];
      const token = stringOf(value, DECLARED_BY);
      const type = stringOf(value, 'type');
      if (token !== undefined && TOKEN.test(token) && TYPES.has(type)) {
        found.push({ header: `${PREFIX}${token.toLowerCase()}`, path: inner, isOptional: type === 'number' });
      }
      visit(value, inner);
    }
  };
  visit(schema, []);
  const isAlone = ({ header }: Declared) => found.filter((other) => other.header === header).length === 1;
  return found.length > MAX_DECLARATIONS ? [] : found.filter(isAlone);
}

function wordOf(node: JsonNode | undefined): string | undefined {
  if (node?.kind === 'string') return node.value;
  if (node?.kind === 'number') return Number.isFinite(node.value) ? String(node.value) : undefined;
  return node?.kind === 'word' && node.value !== null ? String(node.value) : undefined;
}
