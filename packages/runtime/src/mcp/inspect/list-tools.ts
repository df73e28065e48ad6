import { randomBytes } from 'node:crypto';
import { isFault } from '@sallyport/core';
import { bridgeTo, type LostReason, type McpAnswer, type McpEnd, type McpResult, MODERN } from '@sallyport/mcp';
import { memberOf, stringOf } from '@sallyport/wire';
import { type LimitsConfig, type McpServerConfig, Secret } from '../../config/index.ts';
import { openMcpServer, openTransportParts } from '../transport/open-mcp-server.ts';
import { CODES } from '../wall/refusals.ts';
import { SHELF_MAX_TOOLS } from '../wall/tool-shelf.ts';
import { TOOL_PAGES_MAX } from '../wall/wall.ts';
import { ServerTalk } from './server-talk.ts';

/** Bytes of all pages of one list of tools: what a file of tools may have. */
export const LISTED_MAX_BYTES = 16_777_216;

/** Why a server told nothing: it was lost, it answered that it does not do this, or somebody has to let the gateway in there first. */
export type NoList =
  | { readonly lost: LostReason | 'refused-by-answer' }
  | { readonly lost: 'consent'; readonly page: string };

/** The gateway that runs, at its data plane: it has what lets it in at a server. */
export interface ThroughGateway {
  /** Without a path. */
  readonly url: string;
  /** A key of the gateway. */
  readonly key: string;
}

export interface ListedPages {
  /** Results of `tools/list`, in their order. */
  readonly pages: readonly McpResult[];
  /** There were more, beyond what is asked for. */
  readonly truncated: boolean;
}

const HANDSHAKE = '2025-11-25';
const KEY_BYTES = 32;
const CLIENT = { name: 'sallyport', version: '0.1.0' };

/** The same server as the gateway offers it. */
export function throughGateway(server: McpServerConfig, { url, key }: ThroughGateway): McpServerConfig {
  if (server.transport === 'stdio') return server;
  const headers = { authorization: new Secret(`Bearer ${key}`) };
  return { ...server, url: `${url}/mcp/${encodeURIComponent(server.name)}`, headers, ca: undefined };
}

/** Asks a server of the configuration which tools it has: all pages, within bounds. Starts it for this alone, and ends it again. */
export async function listTools(server: McpServerConfig, limits: LimitsConfig): Promise<ListedPages | NoList> {
  const parts = openTransportParts(limits);
  // One that does not come up is not tried again: somebody waits in front of a terminal.
  const once = server.transport === 'stdio' ? { ...server, restart: { ...server.restart, tries: 0 } } : server;
  const open = () => openMcpServer(once, parts);
  const first = await pagesOf(open());
  if (!('lost' in first) || first.lost !== 'refused-by-answer') return first;
  // It does not know a handshake: one that speaks 2026-07-28 alone is spoken to through the bridge.
  const key = randomBytes(KEY_BYTES);
  const about = { from: HANDSHAKE, to: MODERN, key, client: 'inspect', product: CLIENT, clock: parts.clock } as const;
  const bridged = bridgeTo(open(), about);
  return isFault(bridged) ? first : pagesOf(bridged);
}

async function pagesOf(end: McpEnd): Promise<ListedPages | NoList> {
  const talk = new ServerTalk(end);
  try {
    const params = { protocolVersion: HANDSHAKE, capabilities: {}, clientInfo: CLIENT };
    const greeted = await talk.ask('initialize', params);
    if (typeof greeted === 'string') return { lost: greeted };
    if (greeted.kind === 'error') return refusedBy(greeted);
    talk.tell('notifications/initialized');
    return await readPages(talk);
  } finally {
    await talk.close();
  }
}

function refusedBy(answer: McpAnswer): NoList {
  const page = answer.kind === 'error' && answer.code === CODES.pageFirst ? pageOf(answer.data) : undefined;
  return page === undefined ? { lost: 'refused-by-answer' } : { lost: 'consent', page };
}

function pageOf(data: Parameters<typeof memberOf>[0]): string | undefined {
  const asked = memberOf(data, 'elicitations');
  return asked?.kind === 'array' ? stringOf(asked.items[0], 'url') : undefined;
}

async function readPages(talk: ServerTalk): Promise<ListedPages | NoList> {
  const pages: McpResult[] = [];
  let cursor: string | undefined;
  let bytes = 0;
  let tools = 0;
  for (let page = 0; page < TOOL_PAGES_MAX; page += 1) {
    const answer = await talk.ask('tools/list', cursor === undefined ? {} : { cursor });
    if (typeof answer === 'string') return { lost: answer };
    if (answer.kind === 'error') return refusedBy(answer);
    const listed = memberOf(answer.result, 'tools');
    bytes += answer.bytes.length;
    tools += listed?.kind === 'array' ? listed.items.length : 0;
    if (bytes > LISTED_MAX_BYTES || tools > SHELF_MAX_TOOLS) return { pages, truncated: true };
    pages.push(answer);
    cursor = stringOf(answer.result, 'nextCursor');
    if (cursor === undefined) return { pages, truncated: false };
  }
  return { pages, truncated: true };
}
