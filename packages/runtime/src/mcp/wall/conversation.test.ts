import { BLOCK_MESSAGES } from '@sallyport/flow';
import { describe, expect, it } from 'vitest';
import {
  CONVERSATION_IDLE_MS,
  CONVERSATION_MAX_CHARS,
  CONVERSATION_MAX_MESSAGES,
  CONVERSATIONS_MAX,
  Conversations,
  McpConversation,
} from './conversation.ts';

const MESSAGE = { role: 'tool', texts: [], calls: [], results: [] } as const;

function told(conversation: McpConversation, key: string, chars = 1) {
  conversation.brought({ key, chars, read: () => MESSAGE });
}

function keysOf(conversation: McpConversation): readonly string[] {
  return conversation.transcript([]).messages.map(({ key }) => key);
}

describe('McpConversation', () => {
  it('keeps as many messages as it may, and of one more forgets the oldest, many at once', () => {
    const conversation = new McpConversation();
    for (let at = 0; at < CONVERSATION_MAX_MESSAGES; at += 1) told(conversation, `${at}`);
    expect(keysOf(conversation)).toHaveLength(CONVERSATION_MAX_MESSAGES);
    expect(conversation.transcript([]).before).toBeUndefined();
    told(conversation, 'last');
    const left = keysOf(conversation);
    // An eighth, in whole blocks of messages.
    const least = CONVERSATION_MAX_MESSAGES / 8 + 1;
    const forgotten = Math.ceil(least / BLOCK_MESSAGES) * BLOCK_MESSAGES;
    expect(left).toHaveLength(CONVERSATION_MAX_MESSAGES + 1 - forgotten);
    expect(left.at(-1)).toBe('mcp last');
    told(conversation, 'next');
    expect(keysOf(conversation)).toEqual([...left, 'mcp next']);
  });

  it('keeps as many characters as it may, and what came last where that is all', () => {
    const conversation = new McpConversation();
    told(conversation, 'a');
    told(conversation, 'b', CONVERSATION_MAX_CHARS - 3);
    expect(keysOf(conversation)).toEqual(['mcp a', 'mcp b']);
    told(conversation, 'c', CONVERSATION_MAX_CHARS - 1);
    expect(keysOf(conversation)).toEqual(['mcp c']);
    told(conversation, 'd', CONVERSATION_MAX_CHARS);
    expect(keysOf(conversation)).toEqual([]);
  });

  it('says of what it forgot that anybody could have written it, and how much of it was changed', () => {
    const conversation = new McpConversation();
    const call = { tool: 'send_mail', arguments: '{}' };
    for (const key of ['a', 'b']) conversation.called({ key, call }, true);
    conversation.called({ key: 'c', call }, false);
    told(conversation, 'd', CONVERSATION_MAX_CHARS - 1);
    expect(conversation.transcript([]).before).toEqual({ tainted: true, private: true, writes: 2 });
    told(conversation, 'e', CONVERSATION_MAX_CHARS - 1);
    expect(conversation.transcript([]).before).toEqual({ tainted: true, private: true, writes: 2 });
  });

  it('reads what a server told once, when it is asked for', () => {
    let reads = 0;
    const conversation = new McpConversation();
    const settle = conversation.brought({
      key: 'a',
      chars: 1,
      read: () => {
        reads += 1;
        return MESSAGE;
      },
    });
    expect(reads).toBe(0);
    settle();
    for (const { read } of conversation.transcript([]).messages) expect(read()).toEqual(MESSAGE);
    expect(reads).toBe(1);
  });
});

describe('Conversations', () => {
  it('goes on with a conversation until it was silent for too long', () => {
    const clock = { nowMs: 0 };
    const conversations = new Conversations(() => clock.nowMs);
    const first = conversations.of('ann');
    clock.nowMs = CONVERSATION_IDLE_MS;
    expect(conversations.of('ann')).toBe(first);
    expect(conversations.of('bob')).not.toBe(first);
    clock.nowMs += CONVERSATION_IDLE_MS + 1;
    expect(conversations.of('ann')).not.toBe(first);
  });

  it('forgets beyond its bound the one that was silent longest', () => {
    const conversations = new Conversations(() => 0);
    const [first, second] = [conversations.of('0'), conversations.of('1')];
    for (let at = 2; at < CONVERSATIONS_MAX; at += 1) conversations.of(`${at}`);
    expect(conversations.of('0')).toBe(first);
    conversations.of('one more');
    expect(conversations.of('0')).toBe(first);
    expect(conversations.of('1')).not.toBe(second);
  });
});
