import { type Judge, type Ruling, ruleGuard } from './decide.ts';
import type { ReceiptLine } from './detector.ts';
import { foldFindings } from './fold-findings.ts';
import type { Lane, Unseen } from './protocol.ts';
import { RECORDED_FINDINGS_MAX, type RecordedFinding } from './recorded-decision.ts';

const NONE: ReadonlySet<number> = new Set();

/** Where the texts of an answer are judged: what it says, and what tools of the provider's own brought into it. */
export type TextPoint = Extract<Lane['point'], 'output' | 'tool-result'>;

/** Why a detector that needs more of a text than there is yet has not answered: no failure, and gone by the text's end. */
const NOT_YET = 'stream-not-ended';

/**
 * The decision about an answer's texts at one checkpoint, taken again whenever something new is known of them. The first findings are put to
 * the policies each time; once there are more than a record lists, earlier ones only as their sum, so that an answer full
 * of findings costs the same for each of them.
 */
export class OutputRuling {
  private readonly judge: Judge;
  private readonly point: TextPoint;
  private readonly first: RecordedFinding[] = [];
  private folded = foldFindings([]);
  private readonly kinds = new Set<string>();
  private readonly trouble = new Map<string, ReceiptLine>();
  private total = 0;
  /** The decision as it stands. */
  current: Ruling;
  /** Which of the findings that it was taken with last the vault keeps, by index. */
  vaulted: ReadonlySet<number> = NONE;

  constructor(judge: Judge, point: TextPoint = 'output') {
    this.judge = judge;
    this.point = point;
    this.current = ruleGuard(judge, { point, findings: [], lines: [], empty: true });
  }

  /** Notes what detectors could not do. @returns whether any of it is new */
  note(lines: readonly ReceiptLine[]): boolean {
    const before = this.trouble.size;
    for (const line of lines) {
      if (line.status === 'inspected' || line.reason === NOT_YET) continue;
      this.trouble.set(`${line.detector} ${line.status} ${line.reason ?? ''}`, line);
    }
    return this.trouble.size > before;
  }

  /** Notes content that nobody can look at. */
  see(unseen: readonly Unseen[]): void {
    for (const { kind } of unseen) this.kinds.add(kind);
  }

  /** Decides with what is new. @returns which of the new findings are to be redacted, by index */
  rule(fresh: readonly RecordedFinding[]): ReadonlySet<number> {
    const asWhole = this.total + fresh.length <= RECORDED_FINDINGS_MAX;
    const known = asWhole ? this.first.length : 0;
    const listed = [...this.first, ...fresh].slice(0, RECORDED_FINDINGS_MAX);
    this.current = ruleGuard(this.judge, {
      point: this.point,
      findings: asWhole ? listed : fresh,
      ...(!asWhole && { earlier: { folded: this.folded, listed, total: this.total } }),
      unseen: [...this.kinds],
      lines: [...this.trouble.values()],
    });
    this.add(fresh);
    const { redact, vault } = this.current.decision;
    const ofFresh = (indexes: readonly number[]) =>
      new Set(indexes.map((index) => index - known).filter((index) => index >= 0));
    this.vaulted = vault === undefined ? NONE : ofFresh(vault);
    return ofFresh(redact);
  }

  private add(fresh: readonly RecordedFinding[]): void {
    this.total += fresh.length;
    this.first.push(...fresh.slice(0, RECORDED_FINDINGS_MAX - this.first.length));
    this.folded = foldFindings(fresh, this.folded);
  }
}
