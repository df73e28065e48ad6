import type { DetectedRequest, DetectedSlice } from './detect.ts';
import { isFault } from './errors.ts';
import type { SliceContent } from './protocol.ts';
import type { Message, MessageRef, Transcript, UnseenHistory } from './transcript.ts';

/** What is known of a request's conversation beside its messages. */
export interface TranscriptNotes {
  /** Of messages that only the provider has. */
  readonly before: UnseenHistory | undefined;
  /** Messages that the client declared to be documents, zero-based in the list that it sent. */
  readonly documents: ReadonlySet<number>;
  readonly memories?: Transcript['memories'];
}

/**
 * A request's conversation as flow reads it: its messages by the keys under which they are remembered, so that only new ones
 * are decoded, and its tools. Cost: O(messages).
 */
export function transcriptOf(
  { slices, context }: Pick<DetectedRequest, 'slices' | 'context'>,
  { before, documents, memories }: TranscriptNotes,
): Transcript {
  const counts = new Map<string, number>();
  const messages: MessageRef[] = [];
  for (const detected of slices) {
    const { kind, member } = detected.slice;
    if (kind !== 'message') continue;
    const at = counts.get(member) ?? 0;
    counts.set(member, at + 1);
    messages.push(documents.has(at) ? declaredRef(detected) : refTo(detected));
  }
  const known = { messages, tools: context.tools ?? [], memories };
  // A part of the conversation that only the provider can read may have been anything.
  if (slices.some(({ unseen }) => unseen.some(({ kind }) => kind === 'history'))) {
    return { ...known, before: { tainted: true, private: true, writes: before?.writes ?? 0 } };
  }
  return before === undefined ? known : { ...known, before };
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

/** A message of which nothing is the speaker's own. */
function declaredRef(detected: DetectedSlice): MessageRef {
  const { key, read } = refTo(detected);
  return { key: `${key} declared`, read: () => ({ ...read(), compacted: true }) };
}

/** It was read before, so that it cannot come to this; nothing in it would vouch for anything. */
const UNREADABLE: Message = { role: 'assistant', texts: [], calls: [], results: [] };

/** A message's own texts, apart from what it says that tools brought, defined or were called with. */
export function messageOf({ segments, stranger = false, calls = [], results = [] }: SliceContent): Message {
  let role: Message['role'] | undefined;
  const texts: { readonly text: string }[] = [];
  for (const { origin, text } of segments) {
    if (origin.role === 'tool' || origin.role === 'definition') continue;
    role ??= origin.role;
    if (origin.tool === undefined && origin.field !== 'key') texts.push({ text });
  }
  const speaker = role ?? (results.length > 0 ? 'tool' : 'assistant');
  return { role: speaker, texts, calls, results, ...(stranger && { compacted: true }) };
}
