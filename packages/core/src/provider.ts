import type { TriedUpstream } from './record.ts';
import type { StopSignal } from './stop-signal.ts';
import type { CallSpan } from './tracing.ts';

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
  /**
   * What tells the files of each of its models from others, by the model's id, where its list says so: a digest, or what it was loaded from.
   * @throws {SallyportError} as `listModels()`
   */
  modelDigests?(signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
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
  readonly signal: StopSignal;
}

export interface ProviderAnswer {
  readonly status: number;
  /** Lower-case names; hop-by-hop headers gone. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Decoded (identity) bytes. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** An answer, and who gave it after how many tries. */
export type ServedAnswer = ProviderAnswer & TriedUpstream;

export interface UpstreamsCall extends ProviderCall {
  /** A stand-in answers: no provider is called, and nobody is told of a try. */
  readonly stubbed?: boolean;
  /** Told before each try. */
  readonly onTry: (tried: TriedUpstream) => void;
  /** Asked before each try, where the call is traced: its provider is told of this span alone. */
  readonly spanOf?: (tried: TriedUpstream) => CallSpan | undefined;
  /** Asked before the first try of each provider: one that may not serve is passed over. Without it all may. */
  readonly mayServe?: (provider: string) => boolean;
}

/** The providers of a route, in order of preference, behind one call. */
export interface Upstreams {
  /** Ids of those that speak a protocol, in order; empty when none does. */
  speaking(protocol: string): readonly string[];
  /**
   * Sends a call to the first provider that takes it. Tries that came to nothing before the head of an answer are made again,
   * as far as the route allows; the last failing answer is an answer like any other.
   * @throws {SallyportError} what `Provider.send()` throws, of the last try; `UPSTREAM_UNREACHABLE` when none could be made
   */
  send(call: UpstreamsCall): Promise<ServedAnswer>;
  /** The same for one of the providers alone, where what the call is about lives there; nothing when it isn't one of them. */
  pinned(provider: string): Pick<Upstreams, 'send'> | undefined;
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
