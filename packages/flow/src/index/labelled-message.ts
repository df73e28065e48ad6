import type { ToolCall } from '@sallyport/core';
import type { IndexedLeaf } from './indexed-leaf.ts';
import type { LeafIndex } from './leaf-index.ts';

/** A message's labels, where it stands. */
export interface LabelledMessage {
  /** No other labelled message of the same store has it. */
  readonly serial: number;
  readonly leaves: readonly IndexedLeaf[];
  readonly index: LeafIndex;
  /** The calls that it makes. */
  readonly calls: readonly ToolCall[];
  /** It holds words of the user's own. */
  readonly spoken: boolean;
  /** It holds free text that nobody here vouches for. */
  readonly tainted: boolean;
  /** The user hands over what is to be done to some text. */
  readonly delegates: boolean;
  /** It holds what a tool brought for this session alone. */
  readonly private: boolean;
}
