import type { Speaker } from '@sallyport/core';

export interface Said {
  readonly speaker: Speaker;
  readonly text: string;
}

/** One labelled conversation. */
export interface LabelledConversation {
  readonly id: string;
  readonly source: string;
  readonly attack: boolean;
  /** Turns of users and assistants, in order. */
  readonly said: readonly Said[];
}

/**
 * Reads one line: `{id, source, label, messages: [{role, content}]}`, or `turns` in the place of `messages`, each a text of the
 * user. What systems and tools say is left out. Undefined when it is no labelled conversation. Never quotes the text.
 */
export function parseConversation(
  line: string,
  place: { readonly file: string; readonly line: number },
): LabelledConversation | undefined {
  const row = fieldsIn(line);
  if (row === undefined || (row.label !== 'attack' && row.label !== 'benign')) return undefined;
  const said = Array.isArray(row.messages) ? messagesIn(row.messages) : turnsIn(row.turns);
  if (said === undefined || !said.some(({ speaker }) => speaker === 'user')) return undefined;
  return {
    id: typeof row.id === 'string' ? row.id : `${place.file}:${place.line}`,
    source: typeof row.source === 'string' ? row.source : place.file,
    attack: row.label === 'attack',
    said,
  };
}

function messagesIn(messages: readonly unknown[]): readonly Said[] {
  return messages.flatMap((message): Said[] => {
    if (typeof message !== 'object' || message === null) return [];
    const { role, content } = message as Record<string, unknown>;
    if ((role !== 'user' && role !== 'assistant') || typeof content !== 'string' || content === '') return [];
    return [{ speaker: role, text: content }];
  });
}

function turnsIn(turns: unknown): readonly Said[] | undefined {
  if (!Array.isArray(turns) || !turns.every((turn) => typeof turn === 'string')) return undefined;
  return turns.map((text) => ({ speaker: 'user', text }));
}

function fieldsIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
