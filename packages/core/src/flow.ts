import type { CallFlow, Evidence } from './flow-facts.ts';
import type { ToolCall, ToolDefinition, Transcript, UnseenHistory } from './transcript.ts';

/** Says where the values of tool calls came from. Synchronous, total, a pure function of the transcript, and of what its memories know. */
export interface Flow {
  /** Changes whenever the same transcript may give other facts. */
  readonly version: string;
  /** Cost: what no earlier call of `label` saw. */
  label(transcript: Transcript): FlowLabels;
  /** Whether a call has to do with a memory, by its tool. Cost: a look-up, for tools in an array that was handed in before. */
  isOfMemory(call: ToolCall, tools: readonly ToolDefinition[]): boolean;
  /**
   * What stood around the value that this is evidence of: content, for a person who decides on the call.
   * At most 240 characters; nothing for evidence that another labeller gave.
   */
  excerptOf(evidence: Evidence): string | undefined;
}

/** The labels of one transcript. */
export interface FlowLabels {
  /** Somebody whom nobody vouches for could write into what the model has read. */
  readonly tainted: boolean;
  /** What whoever goes on with this transcript without having it must know of it. */
  readonly history: UnseenHistory;
  /** What is known about a call that the model makes next. Cost: O(arguments). */
  trace(call: ToolCall): CallFlow;
}
