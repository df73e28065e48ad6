import type { DetectedRequest, DetectedSlice } from './detect.ts';
import { isFault } from './errors.ts';
import type { SliceContent } from './protocol.ts';
import type { Message, MessageRef, Transcript, UnseenHistory } from './transcript.ts';

/**
 * A request's conversation as flow reads it: its messages by the keys under which they are remembered, so that only new ones
 * are decoded, and its tools. Cost: O(messages).
 */
export function transcriptOf({ slices, context }: DetectedRequest, before?: UnseenHistory): Transcript {
  const messages = slices.filter(({ slice }) => slice.kind === 'message').map(refTo);
  return { messages, tools: context.tools ?? [], ...(before !== undefined && { before }) };
}

function refTo({ slice, key }: DetectedSlice): MessageRef {
  return {
    key,
    read: () => {
      const content = slice.open();
      return isFault(content) ? UNREADABLE : messageOf(content);
    },
  };
}

/** It was read before, so that it cannot come to this; nothing in it would vouch for anything. */
const UNREADABLE: Message = { role: 'assistant', texts: [], calls: [], results: [] };

/** A message's own texts, apart from what it says that tools brought, defined or were called with. */
export function messageOf({ segments, calls = [], results = [] }: SliceContent): Message {
  let role: Message['role'] | undefined;
  // A role that nobody knows is kept as a text: whose words these are, nobody can say.
  const strange = segments.some(({ origin }) => origin.field === 'role');
  const texts: { readonly text: string }[] = [];
  for (const { origin, text } of segments) {
    if (origin.role === 'tool' || origin.role === 'definition') continue;
    role ??= origin.role;
    if (origin.tool === undefined && origin.field !== 'key') texts.push({ text });
  }
  return {
    role: role ?? (results.length > 0 ? 'tool' : 'assistant'),
    texts,
    calls,
    results,
    ...(strange && { compacted: true }),
  };
}
