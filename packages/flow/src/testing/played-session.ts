import { type Owner, type Session, type SessionAnswer, type Sessions, TextMark, type ToolCall } from '@sallyport/core';
import { createSessions, type SessionLimits } from '../sessions/create-sessions.ts';

export const OWNER: Owner = { tenant: 'default', kind: 'service', id: 'app' };
export const CLEAN = { tainted: false, private: false, writes: 0 };
export const TAINTED = { tainted: true, private: true, writes: 1 };

/** One message, as a test writes it. */
export type Spoken =
  | { readonly user: string }
  | { readonly says: string; readonly calls?: readonly ToolCall[] }
  | { readonly tool: string; readonly id?: string };

/** How a request is asked, beside its messages. */
export interface Asking {
  readonly owner?: Owner;
  readonly explicit?: string;
  readonly name?: string;
  readonly trace?: string;
}

/** Sessions whose fingerprints are the values themselves, so that nothing is taken for something else by chance. */
export function playedSessions(limits: Partial<SessionLimits> = {}): Sessions {
  return createSessions({ fingerprint: (value) => value, limits });
}

export function ask(
  sessions: Sessions,
  messages: readonly Spoken[],
  { owner = OWNER, ...asking }: Asking = {},
): Session {
  const turns = messages.map((message) => ({
    key: JSON.stringify(message),
    turn: sessions.noteOf(contentOf(message)),
  }));
  return sessions.open({ owner, turns, ...asking });
}

/** The session gives an answer, whole and as it came, unless it is said. */
export function answer(session: Session, message: Spoken, more: Partial<SessionAnswer> = {}): void {
  const { says, calls = [] } = 'says' in message ? message : { says: '' };
  const mark = new TextMark();
  mark.push(says);
  session.answered({ sent: true, whole: true, texts: [mark], calls, history: CLEAN, brought: false, ...more });
}

function contentOf(message: Spoken): Parameters<Sessions['noteOf']>[0] {
  const at = { slice: 0, start: 0, end: 0 };
  if ('user' in message) {
    return {
      segments: [{ point: 'input', origin: { role: 'user', field: 'content' }, text: message.user, at }],
      unseen: [],
    };
  }
  if ('tool' in message) {
    const result = { text: message.tool, segment: 0, ...(message.id !== undefined && { id: message.id }) };
    const origin = { role: 'tool', field: 'content' } as const;
    return { segments: [{ point: 'tool-result', origin, text: message.tool, at }], unseen: [], results: [result] };
  }
  const { says, calls = [] } = message;
  const said = { point: 'input', origin: { role: 'assistant', field: 'content' }, text: says, at } as const;
  return { segments: [said], unseen: [], calls };
}
