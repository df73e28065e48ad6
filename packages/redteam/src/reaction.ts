/** What came back of one exchange. */
export interface Reaction {
  readonly status: number;
  /** Id of the exchange; empty when the gateway gave none. */
  readonly exchange: string;
  /** The effect that the gateway told. */
  readonly decision: string;
  readonly text: string;
  readonly calls: readonly { readonly tool: string; readonly arguments: string }[];
  /** Why the answer has no end, where it has none. */
  readonly broken?: string;
}

/** @returns why there is none, when nothing came back that can be read */
export type Sent = Reaction | { readonly unanswered: string };
