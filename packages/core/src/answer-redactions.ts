import type { AnswerParts } from './answer-parts.ts';
import type { RestoreSink } from './decision.ts';
import type { LaneFinding } from './text-lane.ts';

/** What was taken out of an answer, and what stands in its place. */
export class AnswerRedactions {
  private readonly parts: Pick<AnswerParts, 'placeholders' | 'mayRestore' | 'capture'>;
  /** Redactions by type of finding. */
  readonly counts: Record<string, number> = {};

  constructor(parts: Pick<AnswerParts, 'placeholders' | 'mayRestore' | 'capture'>) {
    this.parts = parts;
  }

  get isEmpty(): boolean {
    return Object.keys(this.counts).length === 0;
  }

  /** The placeholder that stands for a value from now on. @param vaulted whether the vault keeps the value */
  place({ finding, value }: LaneFinding, vaulted: boolean): string {
    const { placeholders, capture } = this.parts;
    this.counts[finding.type] = (this.counts[finding.type] ?? 0) + 1;
    const text = placeholders.place(finding.type, finding.fingerprint, value);
    if (vaulted) capture?.value({ placeholder: text.slice(1, -1), type: finding.type, value });
    return text;
  }

  /** A value that is put back for this principal is not taken out again. */
  wasPutBack({ finding }: LaneFinding, sink: RestoreSink, tool?: string): boolean {
    const { placeholders, mayRestore } = this.parts;
    return placeholders.knows(finding.type, finding.fingerprint) && mayRestore(sink, tool);
  }
}
