import type { Message, MessageRef, ToolCall, ToolDefinition, Transcript, UnseenHistory } from '@sallyport/core';
import { BLOCK_MESSAGES } from '@sallyport/flow';

/** Characters of results and arguments that are kept of one conversation, so that their labels can be made. */
export const CONVERSATION_MAX_CHARS = 4_000_000;
/** Messages of it. */
export const CONVERSATION_MAX_MESSAGES = 2_048;
/** What is left of a conversation that is too long: who goes on with it is then known again by what it begins with, many times over. */
const LEFT = 7 / 8;
interface Kept {
  readonly chars: number;
  readonly writes: number;
}

/** A call that went on, and what names it: two calls of one key are the same. */
export interface KeyedCall {
  readonly key: string;
  readonly call: ToolCall;
}

/** A message that is read when somebody wants to know, once. */
export interface LateMessage {
  /** Names the content: two contents of one key are the same. */
  readonly key: string;
  /** Of what it was read from. */
  readonly chars: number;
  readonly read: () => Message;
  /** The call that brought it, if one did: others may have gone on meanwhile. */
  readonly by?: KeyedCall | undefined;
}

/**
 * What one agent has read and called by MCP, at all servers: where the values of its next call may have come from. What was forgotten
 * counts as if anybody could have written it.
 */
export class McpConversation {
  private readonly kept: Kept[] = [];
  /** The same messages. Only grows: when something is forgotten, another array takes its place. */
  private refs: MessageRef[] = [];
  private chars = 0;
  private before: UnseenHistory | undefined;
  /** Monotonic, milliseconds: when something was added last. */
  lastMs = 0;

  /** What a server told. @returns how to read it now, so that what it was read from can go */
  brought({ key, chars, read, by }: LateMessage): () => void {
    let late: (() => Message) | undefined = read;
    let message: Message = NOTHING_READ;
    const once = () => {
      if (late === undefined) return message;
      message = { ...answering(late(), by?.call), role: 'tool' };
      late = undefined;
      return message;
    };
    const named = by === undefined ? `mcp ${key}` : `mcp ${key} ${by.key}`;
    this.add({ key: named, read: once }, { chars, writes: 0 });
    return () => void once();
  }

  /** A call that went on. */
  called({ key, call }: KeyedCall, writes: boolean): void {
    const message: Message = { role: 'assistant', texts: [], calls: [call], results: [] };
    this.add({ key: `mcp ${key}`, read: () => message }, { chars: call.arguments.length, writes: Number(writes) });
  }

  transcript(tools: readonly ToolDefinition[], memories?: Transcript['memories']): Transcript {
    const { refs, before } = this;
    return { messages: refs, tools, memories, ...(before !== undefined && { before }) };
  }

  private add(ref: MessageRef, one: Kept): void {
    this.refs.push(ref);
    this.kept.push(one);
    this.chars += 1 + one.chars;
    if (this.kept.length > CONVERSATION_MAX_MESSAGES || this.chars > CONVERSATION_MAX_CHARS) this.forget();
  }

  /** Forgets the oldest, and a good part at once: the beginning stays the same then, and with it what is known of all that follows. */
  private forget(): void {
    let { writes } = this.before ?? { writes: 0 };
    let count = 0;
    // What came last stays, unless it is too long alone. Whole blocks go, so that those of what is left are still right.
    const isEnough = () =>
      count % BLOCK_MESSAGES === 0 &&
      this.kept.length - count <= CONVERSATION_MAX_MESSAGES * LEFT &&
      this.chars <= CONVERSATION_MAX_CHARS * LEFT;
    for (const { chars, writes: wrote } of this.kept) {
      const isLast = count === this.kept.length - 1;
      if (isLast ? this.chars <= CONVERSATION_MAX_CHARS : isEnough()) break;
      this.chars -= 1 + chars;
      writes += wrote;
      count += 1;
    }
    this.refs = this.refs.slice(count);
    this.kept.splice(0, count);
    this.before = { tainted: true, private: true, writes };
  }
}

/** What a call brought, with the call. Results of other ids are of calls that somebody else made. */
function answering(message: Message, call: ToolCall | undefined): Message {
  if (call === undefined) return message;
  return { ...message, results: message.results.map((one) => (one.id === undefined ? { ...one, call } : one)) };
}

const NOTHING_READ: Message = { role: 'tool', texts: [], calls: [], results: [] };

/** Conversations that are remembered at a time; the one that was silent longest goes first. */
export const CONVERSATIONS_MAX = 1_024;
/** Silence after which what an agent does next is another conversation, milliseconds. */
export const CONVERSATION_IDLE_MS = 1_800_000;

/** The conversations of all owners. */
export class Conversations {
  private readonly open = new Map<string, McpConversation>();
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** The conversation that this belongs to, now. @param key whose it is, and what it is called if it is called anything */
  of(key: string): McpConversation {
    const nowMs = this.nowMs();
    const known = this.open.get(key);
    const current = known !== undefined && nowMs - known.lastMs <= CONVERSATION_IDLE_MS ? known : new McpConversation();
    current.lastMs = nowMs;
    this.open.delete(key);
    this.open.set(key, current);
    if (this.open.size > CONVERSATIONS_MAX) {
      const [oldest] = this.open.keys();
      if (oldest !== undefined) this.open.delete(oldest);
    }
    return current;
  }
}
