import type { ExchangeEndpoint, ProtocolAdapter } from '@sallyport/core';

/** The wire bytes of one protocol, as the shared laws need them. */
export interface ProtocolWire {
  readonly adapter: ProtocolAdapter;
  endpoint(stream: boolean): ExchangeEndpoint;
  /** A request's body with one message of a user. */
  request(content: string, stream: boolean): string;
  /** A whole JSON answer that says a text. */
  answer(text: string): string;
  /** A stream that says pieces of a text, each in an event of its own, and ends cleanly. */
  stream(pieces: readonly string[]): Uint8Array;
  /** The content type of its streams. */
  readonly streamType: string;
  /** The text that a client would have at the end of these bytes, also when they are cut off. */
  textIn(bytes: Uint8Array, stream: boolean): string;
  /** Every place that says a whole text once more, in a protocol that repeats texts. */
  repeats?(bytes: Uint8Array): readonly string[];
  /** A stream that calls a tool, its arguments in so many pieces. */
  toolStream?(name: string, args: string, pieces: number): Uint8Array;
}
