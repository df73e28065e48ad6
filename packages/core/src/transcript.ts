import type { MemoryLabel, MemoryPlace } from './flow-facts.ts';
import type { Role, Span } from './vocabulary.ts';

/** A conversation as a model is sent it, oldest message first, whatever protocol carried it. */
export interface Transcript {
  /** Once handed in, an array may only grow, at its end: what is new in it is then all that a later question costs. */
  readonly messages: readonly MessageRef[];
  /** The tools that the model may call, as they are defined to it. */
  readonly tools: readonly ToolDefinition[];
  /** What is known of messages before these, which only the provider has. */
  readonly before?: UnseenHistory;
  /** What is known of the memories that its tools read; absent where nothing is kept of them. */
  readonly memories?: MemoryReader | undefined;
}

/** The memories of one owner, for whoever labels what is read from them. Synchronous, total. */
export interface MemoryReader {
  /** What stands for all that is known of a memory; undefined while nothing is. */
  stateOf(place: MemoryPlace): MemoryState | undefined;
  /** Keys as this memory knows them: dear, and good for all of its states. */
  sealed(place: MemoryPlace, keys: readonly string[]): readonly string[];
  /**
   * The worst of the labels of what was written, and the place where the first of these stood; undefined where nothing of it is known. Where
   * something was forgotten for room, what is not known may be that. @param sealed keys; cheap
   */
  recall(place: MemoryPlace, sealed: readonly string[]): MemoryLabel | undefined;
}

/** The same object as long as the same is known of a memory, another one as soon as there is more or something else. */
export interface MemoryState {
  /** Names the memory, in all of its states. */
  readonly memory: string;
}

/** Of messages that are not here: what they did to the session. */
export interface UnseenHistory {
  readonly tainted: boolean;
  readonly private: boolean;
  /** Calls that changed something or reached somebody. */
  readonly writes: number;
}

/**
 * A message that need not be decoded to be known.
 * INVARIANT: two messages of one key have the same content.
 */
export interface MessageRef {
  /** Names the content, such as a keyed digest of the bytes that carried it; 1 to 128 characters. */
  readonly key: string;
  /** Decodes the message. Called only when no label of it is remembered. */
  read(): Message;
}

export interface Message {
  readonly role: Extract<Role, 'system' | 'user' | 'assistant' | 'tool'>;
  readonly texts: readonly MessageText[];
  readonly calls: readonly ToolCall[];
  readonly results: readonly ToolResult[];
  /** It stands for earlier messages that are no longer there: nobody can say any more who wrote what in it. */
  readonly compacted?: boolean;
}

export interface MessageText {
  readonly text: string;
  /** Ranges that were declared to be documents, by a route's markers or an SDK's annotations; ascending and disjoint. */
  readonly documents?: readonly DeclaredDocument[];
}

export interface DeclaredDocument extends Span {
  /** What the declaration calls it, such as a file name. */
  readonly name?: string;
}

export interface ToolCall {
  readonly tool: string;
  /** JSON, as the model wrote it. */
  readonly arguments: string;
  /** Some models send none, or the same one twice: nothing relies on it. */
  readonly id?: string;
}

export interface ToolResult {
  readonly text: string;
  readonly tool?: string;
  readonly id?: string;
  /** The call that it answers, where whoever carried both knows: nothing has to be guessed then. */
  readonly call?: ToolCall;
}

export interface ToolDefinition {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters?: unknown;
  /** Hints of an MCP server. They may make a tool look more dangerous, never less. */
  readonly annotations?: ToolAnnotations;
}

export interface ToolAnnotations {
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly openWorldHint?: boolean;
}
