import type { CallLane } from './call-lane.ts';
import type { ReceiptLine } from './detector.ts';
import type { Flow } from './flow.ts';
import type { CallFlow, RoleFacts } from './flow-facts.ts';
import type { LateLabels } from './late-labels.ts';
import type { LaneFinding } from './text-lane.ts';

/** Findings about links of an answer that flow adds: to policies they are of the category `exfiltration`. */
export const LINK_FINDING_TYPES = ['untrusted-image', 'untrusted-link'] as const;
/** Different addresses of one answer that are traced. */
export const TRACED_LINKS_MAX = 256;

/** What is fetched without a click. */
const LOADING: ReadonlySet<string> = new Set(['markdown-image', 'html-resource']);
/** From here on the text that carried an address reads like an instruction, 0..1000. */
const RISKY_SPAN = 500;
/** By whether it loads by itself; an instruction around it adds to it. */
const SCORES = { 'untrusted-image': 0.6, 'untrusted-link': 0.4 } as const;
const INSTRUCTED = 0.3;

/** Says of an answer's calls and links where they came from, and in the receipt how much of them it could say. */
export class AnswerFlow {
  private readonly labels: LateLabels;
  private readonly flow: Pick<Flow, 'version'>;
  private readonly links = new Map<string, RoleFacts | undefined>();
  private traced = 0;
  /** Reasons why something was not traced, and how often. */
  private readonly untraced = new Map<string, number>();

  constructor({ labels, flow }: { readonly labels: LateLabels; readonly flow: Pick<Flow, 'version'> }) {
    this.labels = labels;
    this.flow = flow;
  }

  /** Of a call as it would be made. */
  ofCall(call: CallLane): CallFlow {
    return this.trace(call.lane.origin.tool, call.made);
  }

  /** Of a call whose arguments nobody reads: what its tool does, and what the session came to. */
  ofUnread(call: CallLane): CallFlow {
    this.miss('hold-limit');
    return this.labels.get().trace({ tool: call.lane.origin.tool ?? '', arguments: '{}' });
  }

  /**
   * Adds a finding beside each link, image or address that came from a text which nobody vouches for: a renderer would fetch it,
   * or a person click it, because somebody wrote it there. Cost: a trace for each address that is new, at most `TRACED_LINKS_MAX`.
   */
  withLinks(found: readonly LaneFinding[]): readonly LaneFinding[] {
    const links = found.filter(({ finding }) => finding.category === 'exfiltration');
    if (links.length === 0 || !this.labels.get().tainted) return found;
    return [...found, ...links.flatMap((link) => this.linkFinding(link))];
  }

  get lines(): readonly ReceiptLine[] {
    const line = { detector: 'flow', version: this.flow.version };
    const missed = Array.from(
      this.untraced,
      ([reason, segments]): ReceiptLine => ({ ...line, status: 'skipped', reason, segments }),
    );
    return this.traced === 0 ? missed : [{ ...line, status: 'inspected', segments: this.traced }, ...missed];
  }

  private linkFinding({ finding, ...place }: LaneFinding): readonly LaneFinding[] {
    const { source, spanRisk = 0 } = this.ofLink(place.value) ?? {};
    if (source !== 'free') return [];
    const type = LOADING.has(finding.type) ? 'untrusted-image' : 'untrusted-link';
    const score = SCORES[type] + (spanRisk >= RISKY_SPAN ? INSTRUCTED : 0);
    return [{ ...place, finding: { ...finding, detector: 'flow', type, score } }];
  }

  private ofLink(url: string): RoleFacts | undefined {
    if (this.links.has(url)) return this.links.get(url);
    if (this.links.size >= TRACED_LINKS_MAX) {
      this.miss('link-limit');
      return undefined;
    }
    const { destination } = this.trace('open_link', JSON.stringify({ url })).facts.flow;
    this.links.set(url, destination);
    return destination;
  }

  private trace(tool = '', given: string): CallFlow {
    const labels = this.labels.get();
    if (this.labels.isBlind) this.miss('transcript-let-go');
    else this.traced += 1;
    return labels.trace({ tool, arguments: given });
  }

  private miss(reason: string): void {
    this.untraced.set(reason, (this.untraced.get(reason) ?? 0) + 1);
  }
}
