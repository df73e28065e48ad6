import { createHash } from 'node:crypto';
import { canonicalNode, type JsonNode, type JsonObject, memberOf } from '@sallyport/wire';
import type { LostReason } from '../end.ts';
import { editedObject } from '../message/compose-message.ts';
import type { McpMessage, McpRequest, RequestId } from '../message/message.ts';
import { idKey } from '../message/request-id.ts';
import { type Envelope, META } from '../revision/envelope.ts';
import { gravityOf } from '../revision/log-levels.ts';

/** What a server asks of the client before it answers a request. */
export interface OpenQuestion {
  /** The client's name of the question. */
  readonly key: string;
  readonly method: string;
  /** JSON text; none where there are no params. */
  readonly params: string | undefined;
  /** Under which the server waits for the answer; none where it doesn't wait, and wants the request again. */
  readonly serverId: RequestId | undefined;
}

/** A request of a client of 2026-07-28, from its first sending to its answer, however often it comes back with answers. */
export interface Exchange {
  /** Unique for all times. */
  readonly name: string;
  /** As it came last. */
  request: McpRequest;
  /** Under which the client waits; none while it is parked. */
  clientId: RequestId | undefined;
  /** Under which the server works on it; none when it has answered, or was not asked yet. */
  serverId: RequestId | undefined;
  /** What the client can be asked. */
  capabilities: JsonObject;
  /** From which level on it wants to hear of it; none where it doesn't. */
  gravity: number | undefined;
  /** JSON text; as the server knows it. */
  readonly token: string | undefined;
  /** JSON text; as the client knows it now. */
  clientToken: string | undefined;
  rounds: number;
  /** Put to the client, answers awaited. */
  asked: readonly OpenQuestion[];
  /** Not put to the client yet. */
  queued: OpenQuestion[];
  /** What the server answered while the client was away. */
  outcome: ((clientId: RequestId) => McpMessage) | LostReason | undefined;
  callOff: () => void;
}

/** The beginning of an exchange that nobody waits for yet. */
export function openExchange(name: string, request: McpRequest, { capabilities, logLevel }: Envelope): Exchange {
  const token = tokenOf(request);
  return {
    name,
    request,
    clientId: undefined,
    serverId: undefined,
    capabilities,
    gravity: gravityOf(logLevel),
    token,
    clientToken: token,
    rounds: 0,
    asked: [],
    queued: [],
    outcome: undefined,
    callOff: () => undefined,
  };
}

/** The client came back. */
export function goOn(exchange: Exchange, request: McpRequest, { capabilities, logLevel }: Envelope): void {
  exchange.request = request;
  exchange.capabilities = capabilities;
  exchange.gravity = gravityOf(logLevel);
  exchange.clientToken = tokenOf(request);
}

/** Whether the server waits for the answer to a question of this id. */
export function asks({ queued, asked }: Exchange, id: RequestId): boolean {
  return [...queued, ...asked].some((question) => isOf(question, id));
}

/** The server doesn't want to know this any more. */
export function takeBack(exchange: Exchange, id: RequestId): void {
  exchange.queued = exchange.queued.filter((each) => !isOf(each, id));
  exchange.asked = exchange.asked.map((each) => (isOf(each, id) ? { ...each, serverId: undefined } : each));
}

function isOf({ serverId }: OpenQuestion, id: RequestId): boolean {
  return serverId !== undefined && idKey(serverId) === idKey(id);
}

/** What a request asks, whatever comes with it: a client that comes back with answers must ask the same. */
export function digestOf({ method, params, text }: McpRequest): string {
  const asked = (params?.members ?? []).filter(({ key }) => !PASSING.has(key.value));
  const lines = asked.map(({ key, value }) => `${JSON.stringify(key.value)}:${canonicalNode(value, text)}`);
  return createHash('sha256')
    .update([method, ...lines.sort()].join('\n'))
    .digest('base64url');
}

const PASSING: ReadonlySet<string> = new Set(['_meta', 'inputResponses', 'requestState']);

const NOT_LEGACY = {
  [META.protocolVersion]: undefined,
  [META.clientInfo]: undefined,
  [META.clientCapabilities]: undefined,
  [META.logLevel]: undefined,
};

/** Params as a server of 2025-11-25 knows them. */
export function legacyParams({ params, text }: McpRequest): string {
  const meta = memberOf(params, '_meta');
  const rest = meta?.kind === 'object' ? editedObject(text, meta, NOT_LEGACY) : '{}';
  return editedObject(text, params, {
    inputResponses: undefined,
    requestState: undefined,
    _meta: rest === '{}' ? undefined : rest,
  });
}

/** The progress token of a request, as JSON text. */
function tokenOf({ params, text }: McpRequest): string | undefined {
  return literalOf(memberOf(memberOf(params, '_meta'), 'progressToken'), text);
}

export function literalOf(node: JsonNode | undefined, text: string): string | undefined {
  return node === undefined ? undefined : text.slice(node.start, node.end);
}
