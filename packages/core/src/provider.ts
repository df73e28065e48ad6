/** A model vendor, an inference server, or the built-in demo, behind one port. */
export interface Provider {
  readonly id: string;
  /** Which vendor it is, or which software answers there, such as `anthropic`. */
  readonly kind: string;
  /** Ids of the wire protocols that it speaks; a call in another one is never sent to it. */
  readonly protocols: ReadonlySet<string>;
  /**
   * Sends one call. Resolves when the answer's head is there.
   * @throws {SallyportError} `UPSTREAM_UNREACHABLE`, `UPSTREAM_TIMEOUT`; the body iterator throws `UPSTREAM_BROKEN` when the
   * provider dies before its end, `UPSTREAM_TIMEOUT` on silence, `UPSTREAM_TOO_LARGE`.
   */
  send(call: ProviderCall): Promise<ProviderAnswer>;
  /**
   * The ids of its models; empty when it doesn't tell. Nothing else of its list is read.
   * @throws {SallyportError} what `send()` throws, `UPSTREAM_GARBAGE`, `UPSTREAM_TOO_LARGE`
   */
  listModels(signal: AbortSignal): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface ProviderCall {
  /** Id of the wire protocol in which the call is written. */
  readonly protocol: string;
  readonly method: string;
  /** Relative to the provider's base URL, with the query, such as `/chat/completions`. */
  readonly path: string;
  /** Lower-case names, hop-by-hop headers and client credentials already gone; the provider adds its key and host. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array;
  /** Aborting closes the connection to the provider at once. */
  readonly signal: AbortSignal;
}

export interface ProviderAnswer {
  readonly status: number;
  /** Lower-case names; hop-by-hop headers gone. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Decoded (identity) bytes. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** What the demo provider answers, before a protocol gives it its form. */
export interface DemoAnswer {
  readonly text?: string;
  readonly reasoning?: string;
  readonly refusal?: string;
  /** `arguments` is sent as it stands, valid JSON or not. */
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: string }[];
  /** The protocol's own word; by default what fits the rest. */
  readonly finishReason?: string;
  /** Characters of text, reasoning or arguments in one chunk of a stream, 1.., default 4. */
  readonly chunkChars?: number;
}
