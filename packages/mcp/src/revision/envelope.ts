import { type JsonObject, memberOf, stringOf } from '@sallyport/wire';

/** Members of `_meta` that 2026-07-28 gives a meaning. Source: SDK 2.4.0, `constants.ts`. */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  logLevel: 'io.modelcontextprotocol/logLevel',
} as const;

/** What every request of 2026-07-28 says of its client, which earlier ones said once. */
export interface Envelope {
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly clientInfo?: JsonObject;
  readonly logLevel?: string;
}

/**
 * @returns `undefined` where a required part is missing: then it is no request of 2026-07-28, or one that is wrong. It is the
 * version that tells these apart: `claimedVersion()`
 */
export function readEnvelope(params: JsonObject | undefined): Envelope | undefined {
  const meta = memberOf(params, '_meta');
  const protocolVersion = stringOf(meta, META.protocolVersion);
  const capabilities = memberOf(meta, META.clientCapabilities);
  const clientInfo = memberOf(meta, META.clientInfo);
  const logLevel = stringOf(meta, META.logLevel);
  if (protocolVersion === undefined || capabilities?.kind !== 'object') return undefined;
  if (clientInfo !== undefined && clientInfo.kind !== 'object') return undefined;
  return {
    protocolVersion,
    capabilities,
    ...(clientInfo !== undefined && { clientInfo }),
    ...(logLevel !== undefined && { logLevel }),
  };
}

/** The revision that a request says it is of; one of an earlier revision says none. */
export function claimedVersion(params: JsonObject | undefined): string | undefined {
  return stringOf(memberOf(params, '_meta'), META.protocolVersion);
}
