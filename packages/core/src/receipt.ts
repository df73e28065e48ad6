import type { ReceiptLine } from './detector.ts';
import type { Unseen } from './protocol.ts';
import type { Receipt } from './recorded-decision.ts';

/** Adds up, over an exchange or one direction of it, what was looked at and what was not. */
export class ReceiptBook {
  /** How often each list of lines came: a text of which there is little to say gets the same list as the last one. */
  private readonly times = new Map<readonly ReceiptLine[], number>();
  private readonly unseenKinds = new Map<string, { count: number; bytes: number }>();
  private segments = 0;
  private inspectedChars = 0;
  private uninspectedChars = 0;

  add({ chars, lines, unseen = [], segments = 1 }: ReceiptEntry): void {
    this.segments += segments;
    this.times.set(lines, (this.times.get(lines) ?? 0) + 1);
    const whole = lines.every(isWhole);
    if (whole) this.inspectedChars += chars;
    else this.uninspectedChars += chars;
    for (const { kind, bytes } of unseen) {
      const sum = this.unseenKinds.get(kind) ?? { count: 0, bytes: 0 };
      this.unseenKinds.set(kind, { count: sum.count + 1, bytes: sum.bytes + bytes });
    }
  }

  /** Detectors with an outcome that cannot be trusted, each once. */
  get unchecked(): readonly string[] {
    return uncheckedOf([...this.times.keys()].flat());
  }

  get unseen(): readonly string[] {
    return [...this.unseenKinds.keys()];
  }

  toReceipt(): Receipt {
    return {
      lines: this.lines(),
      unseen: Array.from(this.unseenKinds, ([kind, { count, bytes }]) => ({ kind, count, bytes })),
      segments: this.segments,
      inspectedChars: this.inspectedChars,
      uninspectedChars: this.uninspectedChars,
    };
  }

  /** One line for each detector and outcome. */
  private lines(): readonly ReceiptLine[] {
    const byOutcome = new Map<string, ReceiptLine>();
    for (const [lines, times] of this.times) {
      for (const line of lines) {
        const key = `${line.detector} ${line.status} ${line.reason ?? ''}`;
        const sum = (byOutcome.get(key)?.segments ?? 0) + line.segments * times;
        byOutcome.set(key, sum === line.segments ? line : { ...line, segments: sum });
      }
    }
    return [...byOutcome.values()];
  }
}

/** Of an abstention: what was to be compared with something was the only thing there. Nothing of it went unread. */
export const NOTHING_TO_COMPARE = 'no-request';

function isWhole({ status, reason }: ReceiptLine): boolean {
  return status === 'inspected' || (status === 'abstained' && reason === NOTHING_TO_COMPARE);
}

export interface ReceiptEntry {
  /** Characters of text that these lines speak for. */
  readonly chars: number;
  readonly lines: readonly ReceiptLine[];
  readonly unseen?: readonly Unseen[];
  readonly segments?: number;
}

/** Detectors among the lines that gave no answer to trust, each once. */
export function uncheckedOf(lines: readonly ReceiptLine[]): readonly string[] {
  const ids = new Set<string>();
  for (const { status, detector } of lines) if (status !== 'inspected') ids.add(detector);
  return [...ids];
}

/** Detectors that should have answered and did not: the posture decides what that means. */
export function brokenOf(lines: readonly ReceiptLine[]): readonly string[] {
  const ids = new Set<string>();
  for (const line of lines) if (isBroken(line)) ids.add(line.detector);
  return [...ids];
}

export function isBroken({ status }: ReceiptLine): boolean {
  return status === 'failed' || status === 'timed-out';
}

/**
 * Share of text that was inspected, for the `x-sallyport-receipt` header: `100%`, or less with two digits, never rounded up to whole.
 * An exchange without any text was inspected whole, unless something unseen passed: then nothing of it was.
 */
export function coverageOf({ inspectedChars, uninspectedChars, unseen }: Receipt): string {
  const chars = inspectedChars + uninspectedChars;
  const share = chars === 0 ? Number(unseen.length === 0) : inspectedChars / chars;
  const percent = share === 1 ? '100' : Math.min(99.99, Math.floor(share * 10_000) / 100).toString();
  const rest = unseen.map(({ kind, count }) => `${kind}=${count}`).join(' ');
  return rest === '' ? `${percent}%` : `${percent}%; unseen ${rest}`;
}

/** Two receipts of one exchange, its way in and its way back, as one. */
export function sumOf(a: Receipt, b: Receipt): Receipt {
  return {
    lines: [...a.lines, ...b.lines],
    unseen: [...a.unseen, ...b.unseen],
    segments: a.segments + b.segments,
    inspectedChars: a.inspectedChars + b.inspectedChars,
    uninspectedChars: a.uninspectedChars + b.uninspectedChars,
  };
}
