import { type JsonNode, type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import { editedObject, type MemberChanges } from '../message/compose-message.ts';
import type { McpResult } from '../message/message.ts';
import { META } from '../revision/envelope.ts';
import { MODERN } from '../revision/revisions.ts';
import { CACHEABLE_METHODS } from './answers.ts';

/** A result that is whole and holds for nobody else, and not for long. */
const UNCACHED: MemberChanges = { ttlMs: '0', cacheScope: '"private"' };

/**
 * What only a server of 2026-07-28 could say, out of the mouth of one of 2025-11-25: it would make a client do what nobody here
 * has agreed to.
 */
const FORGED: MemberChanges = {
  inputRequests: undefined,
  requestState: undefined,
  ttlMs: undefined,
  cacheScope: undefined,
};

/** The result of a server of 2025-11-25 as JSON text of 2026-07-28. */
export function modernResult({ text, result }: McpResult, method: string): string {
  const cache = CACHEABLE_METHODS.has(method) ? UNCACHED : {};
  const tools = method === 'tools/list' ? memberOf(result, 'tools') : undefined;
  const listed =
    tools?.kind === 'array' ? { tools: `[${tools.items.map((tool) => modernTool(text, tool)).join(',')}]` } : {};
  return editedObject(text, result, { ...FORGED, ...cache, ...listed, resultType: '"complete"' });
}

/** 2026-07-28 has no tasks. */
function modernTool(text: string, tool: JsonNode): string {
  if (tool.kind !== 'object' || memberOf(tool, 'execution') === undefined) return text.slice(tool.start, tool.end);
  return editedObject(text, tool, { execution: undefined });
}

/** What a server of 2025-11-25 said of itself in the handshake, as 2026-07-28 asks for it. */
export function discoverResult({ text, result }: McpResult): string {
  const capabilities = memberOf(result, 'capabilities');
  const server = memberOf(result, 'serverInfo');
  const meta = memberOf(result, '_meta');
  const named = server?.kind === 'object' ? { [META.serverInfo]: text.slice(server.start, server.end) } : {};
  return editedObject(text, result, {
    ...FORGED,
    ...UNCACHED,
    protocolVersion: undefined,
    serverInfo: undefined,
    resultType: '"complete"',
    supportedVersions: JSON.stringify([MODERN]),
    capabilities: capabilities?.kind === 'object' ? editedObject(text, capabilities, { tasks: undefined }) : '{}',
    _meta: editedObject(text, meta?.kind === 'object' ? meta : undefined, named),
  });
}

/** Which of the questions that come with an error of 2025-11-25 a client of 2026-07-28 can be asked: pages that somebody has to visit. */
export function askedPages(data: JsonNode | undefined): readonly JsonObject[] {
  const list = memberOf(data, 'elicitations');
  const items = list?.kind === 'array' ? list.items : [];
  return items.flatMap((item) =>
    item.kind === 'object' && stringOf(item, 'mode') === 'url' && stringOf(item, 'url') !== undefined ? [item] : [],
  );
}
