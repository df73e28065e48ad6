import { type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import { composeRequest } from '../message/compose-message.ts';
import type { McpRequest, McpResult, RequestId } from '../message/message.ts';
import { idKey } from '../message/request-id.ts';
import type { Envelope } from '../revision/envelope.ts';
import type { Revision } from '../revision/revisions.ts';
import type { BridgeParts } from './bridge-parts.ts';

/** Capabilities of a client that mean the same in 2025-11-25. Roots that change cannot be told of in 2026-07-28. */
const SHARED = ['experimental', 'sampling', 'elicitation', 'extensions'];

/** A request that came before the handshake was over. */
export interface EarlyRequest {
  readonly request: McpRequest;
  readonly envelope: Envelope;
}

/** How far a server of 2025-11-25 is with the handshake that a client of 2026-07-28 knows nothing of. */
export class LegacyHandshake {
  readonly #parts: BridgeParts;
  #early: EarlyRequest[] = [];
  #state: 'none' | 'under-way' | 'done' = 'none';
  #answer: McpResult | undefined;
  /** The revision that the server would rather speak. */
  #other: string | undefined;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
  }

  get state(): 'none' | 'under-way' | 'done' {
    return this.#state;
  }

  /** What the server said of itself. */
  get answer(): McpResult | undefined {
    return this.#answer;
  }

  /** Revision of a server that doesn't speak the one that it should. */
  get other(): string | undefined {
    return this.#other;
  }

  get capabilities(): JsonObject | undefined {
    const capabilities = memberOf(this.#answer?.result, 'capabilities');
    return capabilities?.kind === 'object' ? capabilities : undefined;
  }

  /** How many requests wait for its end. */
  get waiting(): number {
    return this.#early.length;
  }

  /** Keeps a request for later. */
  wait(early: EarlyRequest): void {
    this.#early.push(early);
  }

  waits(id: RequestId): boolean {
    return this.#early.some(({ request }) => idKey(request.id) === idKey(id));
  }

  /** A client took its request back. */
  forget(id: RequestId): void {
    this.#early = this.#early.filter(({ request }) => idKey(request.id) !== idKey(id));
  }

  /** What waited, and waits no more. */
  drain(): readonly EarlyRequest[] {
    const early = this.#early;
    this.#early = [];
    return early;
  }

  /** The beginning: with what the first request says of its client. */
  begin(id: RequestId, first: Envelope, text: string): McpRequest {
    this.#state = 'under-way';
    const { to, product } = this.#parts;
    const shared = SHARED.flatMap((name) => {
      const node = memberOf(first.capabilities, name);
      return node === undefined ? [] : [`${JSON.stringify(name)}:${text.slice(node.start, node.end)}`];
    });
    if (memberOf(first.capabilities, 'roots') !== undefined) shared.push('"roots":{}');
    const info = isNamed(first.clientInfo)
      ? text.slice(first.clientInfo.start, first.clientInfo.end)
      : JSON.stringify(product);
    const said = `"capabilities":{${shared.join(',')}},"clientInfo":${info}`;
    return composeRequest(id, 'initialize', `{"protocolVersion":${JSON.stringify(to satisfies Revision)},${said}}`);
  }

  /** @returns whether the server speaks what it should */
  answered(answer: McpResult): boolean {
    const version = stringOf(answer.result, 'protocolVersion');
    this.#state = 'done';
    this.#answer = answer;
    this.#other = version === this.#parts.to ? undefined : (version ?? 'unknown');
    return this.#other === undefined;
  }

  /** It came to nothing: the next request begins anew. */
  failed(): void {
    this.#state = 'none';
  }
}

function isNamed(info: JsonObject | undefined): info is JsonObject {
  return info !== undefined && stringOf(info, 'name') !== undefined && stringOf(info, 'version') !== undefined;
}
