import type { CapturedText, FeedbackVerdict } from '@sallyport/core';
import { type Config, openAuditTrail } from '@sallyport/runtime';
import type { ContentDoor } from '../content-door.ts';

/** The newest exchanges of which captured content is read at most: each read is a record of its own. */
export const CAPTURED_MAX = 10_000;

export interface CapturedSample {
  /** What was said of exchanges: attacks that were missed count as such, honest ones are counted by their scores. */
  readonly verdicts: ReadonlyMap<string, FeedbackVerdict>;
  readonly onText: (text: CapturedText, isAttack: boolean) => void;
}

/**
 * Reads what was captured of exchanges, as far as policy lets this operator. A conversation sends its history again with
 * every turn, and that is one text still: of a session each counts once.
 * @returns how many exchanges were read, or why one could not be
 */
export async function readCaptured(
  door: ContentDoor,
  { config, reason }: { readonly config: Config; readonly reason: string },
  { verdicts, onText }: CapturedSample,
): Promise<{ readonly exchanges: number } | { readonly refused: string }> {
  const sessions = capturedIn(config.data);
  const seen = new Map<string, Set<string>>();
  let exchanges = 0;
  for (const [exchange, session] of sessions) {
    const verdict = verdicts.get(exchange);
    if (verdict === 'false-positive') continue;
    const answer = await door.show(exchange, reason);
    if ('refused' in answer) return answer;
    exchanges += 1;
    const known = seen.get(session) ?? new Set<string>();
    seen.set(session, known);
    for (const { texts } of answer.body.payloads) {
      for (const text of texts) {
        const key = `${text.point} ${text.text}`;
        if (known.has(key)) continue;
        known.add(key);
        onText(text, verdict === 'missed');
      }
    }
  }
  return { exchanges };
}

/** The newest exchanges of which something was captured, each with its session, or itself where it has none. */
function capturedIn(dataFolder: string): ReadonlyMap<string, string> {
  const trail = openAuditTrail(dataFolder);
  try {
    const sessions = new Map<string, string>();
    const captured: string[] = [];
    for (const { record } of trail.records({})) {
      if (record.kind === 'opened') sessions.set(record.exchange, record.session?.id ?? record.exchange);
      else if (record.kind === 'captured' && record.failed === undefined && record.texts > 0)
        captured.push(record.exchange);
    }
    const newest = [...new Set(captured)].slice(-CAPTURED_MAX);
    return new Map(newest.map((exchange) => [exchange, sessions.get(exchange) ?? exchange]));
  } finally {
    void trail.close();
  }
}
