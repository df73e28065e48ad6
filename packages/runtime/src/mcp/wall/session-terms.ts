import {
  claimedVersion,
  clientCapability,
  declares,
  isRevision,
  type McpAnswer,
  type McpRequest,
  maySay,
  type Revision,
  readEnvelope,
} from '@sallyport/mcp';
import { type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import type { SideName } from './crossing.ts';

/** What may be said before both sides know what they speak. */
const FIRST: ReadonlySet<string> = new Set(['initialize', 'server/discover']);

/** What the two sides of a session agreed on: which revision they speak, and what the client can be asked. */
export class SessionTerms {
  private revision: Revision | undefined;
  private capabilities: JsonObject | undefined;

  /** A client says what it can do: in the handshake, or, since 2026-07-28, with every request. */
  asked({ method, params }: McpRequest): void {
    const envelope = readEnvelope(params);
    if (envelope !== undefined && isRevision(envelope.protocolVersion)) this.revision = envelope.protocolVersion;
    const said = envelope?.capabilities ?? (method === 'initialize' ? memberOf(params, 'capabilities') : undefined);
    if (said?.kind === 'object') this.capabilities = said;
  }

  /** A server answers the handshake: the revision that it names is the one that is spoken. */
  answered(answer: McpAnswer): void {
    const revision = answer.kind === 'result' ? stringOf(answer.result, 'protocolVersion') : undefined;
    this.revision = isRevision(revision) ? revision : undefined;
  }

  /** Whether a side may ask this: of the revision, and of what a client declared that it can do. */
  mayAsk(side: SideName, { method, params }: McpRequest): boolean {
    if (side === 'client' && FIRST.has(method) && claimedVersion(params) === undefined) return true;
    if (this.revision === undefined || !maySay(this.revision, side, { kind: 'request', method })) return false;
    const needed = side === 'server' ? clientCapability(method, params) : undefined;
    return needed === undefined || declares(this.capabilities, needed);
  }

  /** Whether a side may tell this. */
  mayTell(side: SideName, method: string): boolean {
    return this.revision !== undefined && maySay(this.revision, side, { kind: 'notification', method });
  }
}
