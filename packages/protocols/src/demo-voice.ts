import type { DemoAnswer } from '@sallyport/core';

/** A call as it reaches the demo provider. */
export interface DemoCall {
  readonly method: string;
  /** With its query, relative to the base URL. */
  readonly path: string;
  readonly body: Uint8Array;
}

/** What the demo must know of a request to answer it without a script. */
export interface DemoAsk {
  /** The script that the request carries in its own metadata. */
  readonly script: string | undefined;
  /** The text of the last message that has any. */
  readonly lastText: string;
  /** The tool that the request demands to be called. */
  readonly forcedTool: { readonly name: string; readonly parameters: unknown } | undefined;
  /** The schema that the answer must fit. */
  readonly schema: unknown;
}

/** One call of the demo, read: what it asks, and how its answer is written. */
export interface DemoTurn {
  readonly ask: DemoAsk;
  readonly contentType: string;
  /** An answer in the protocol's wire form: one chunk of JSON, or one chunk for each event of a stream. */
  render(answer: DemoAnswer): Iterable<Uint8Array>;
}

export interface DemoError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
}

/** How the demo provider speaks one protocol: in its true wire form, deterministic. */
export interface DemoVoice {
  /** The protocol's id. */
  readonly id: string;
  /** The call read; `undefined` for one that is not of this protocol. What doesn't fit is taken for absent. */
  read(call: DemoCall): DemoTurn | undefined;
  /** An error's body. */
  error(error: DemoError): Uint8Array;
  /** The demo's list of models, where the path asks for one. */
  models(path: string, ids: readonly string[]): Uint8Array | undefined;
}
