import { isNull, type JsonNode, type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import { editedObject, type MemberChanges } from '../message/compose-message.ts';
import type { McpResult } from '../message/message.ts';
import { META } from '../revision/envelope.ts';

/** Members that only results of 2026-07-28 have. */
const MODERN_ONLY: MemberChanges = {
  resultType: undefined,
  inputRequests: undefined,
  requestState: undefined,
  ttlMs: undefined,
  cacheScope: undefined,
};

/** The result of a server of 2026-07-28 as JSON text of 2025-11-25. */
export function legacyResult({ text, result }: McpResult, method: string): string {
  const meta = memberOf(result, '_meta');
  const rest = meta?.kind === 'object' ? editedObject(text, meta, { [META.serverInfo]: undefined }) : undefined;
  const changes: Record<string, string | undefined> = { ...MODERN_ONLY };
  if (rest !== undefined) changes._meta = rest === '{}' ? undefined : rest;
  if (method === 'tools/list') {
    const tools = memberOf(result, 'tools');
    if (tools?.kind === 'array') changes.tools = `[${tools.items.map((tool) => legacyTool(text, tool)).join(',')}]`;
  }
  if (method === 'tools/call') Object.assign(changes, legacyStructure(text, result));
  return editedObject(text, result, changes);
}

/** In 2025-11-25 a tool's structured content is an object, and so its schema: a tool of anything else says nothing of it. */
function legacyTool(text: string, tool: JsonNode): string {
  const schema = memberOf(tool, 'outputSchema');
  const isNatural = schema === undefined || stringOf(schema, 'type') === 'object';
  if (tool.kind !== 'object' || isNatural) return text.slice(tool.start, tool.end);
  return editedObject(text, tool, { outputSchema: undefined });
}

/**
 * Structured content that is no object becomes one, and a text too where there is none. Of what a tool said in the old form nothing
 * changes. Source: SDK 2.4.0, `rev2025-11-25/codec.ts` (SEP-2106).
 */
function legacyStructure(text: string, result: JsonObject): MemberChanges {
  const structured = memberOf(result, 'structuredContent');
  if (structured === undefined || structured.kind === 'object') return {};
  const literal = text.slice(structured.start, structured.end);
  const content = memberOf(result, 'content');
  const items = content?.kind === 'array' ? content.items : [];
  const wrapped = { structuredContent: isNull(structured) ? undefined : `{"result":${literal}}` };
  if (items.some((item) => stringOf(item, 'type') === 'text')) return wrapped;
  const parts = items.map((item) => text.slice(item.start, item.end));
  return { ...wrapped, content: `[${[...parts, `{"type":"text","text":${JSON.stringify(literal)}}`].join(',')}]` };
}

/** What a server of 2026-07-28 says of itself, as the end of a handshake of 2025-11-25. */
export function initializeResult({ text, result }: McpResult, revision: string): string {
  const server = memberOf(memberOf(result, '_meta'), META.serverInfo);
  const info = isImplementation(server) ? text.slice(server.start, server.end) : UNNAMED;
  const capabilities = memberOf(result, 'capabilities');
  const known = capabilities?.kind === 'object' ? editedObject(text, capabilities, { tasks: undefined }) : '{}';
  return editedObject(text, result, {
    ...MODERN_ONLY,
    supportedVersions: undefined,
    protocolVersion: JSON.stringify(revision),
    capabilities: known,
    serverInfo: info,
  });
}

/** A handshake must name the server, which 2026-07-28 need not. */
const UNNAMED = '{"name":"unnamed","version":"0"}';

function isImplementation(node: JsonNode | undefined): node is JsonObject {
  return node?.kind === 'object' && stringOf(node, 'name') !== undefined && stringOf(node, 'version') !== undefined;
}
