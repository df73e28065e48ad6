import type { FlowLabels } from './flow.ts';
import type { LaneFinding } from './text-lane.ts';

/** Findings about links of an answer that flow adds: to policies they are of the category `exfiltration`. */
export const LINK_FINDING_TYPES = ['untrusted-image', 'untrusted-link'] as const;

/** What is fetched without a click. */
const LOADING: ReadonlySet<string> = new Set(['markdown-image', 'html-resource']);
/** From here on the text that carried an address reads like an instruction, 0..1000. */
const RISKY_SPAN = 500;
/** By whether it loads by itself; an instruction around it adds to it. */
const SCORES = { 'untrusted-image': 0.6, 'untrusted-link': 0.4 } as const;
const INSTRUCTED = 0.3;

/**
 * Adds a finding beside each link, image or address of an answer that came from a text which nobody vouches for: a renderer
 * would fetch it, or a person click it, because somebody wrote it there.
 * @param labels asked only when there is a link
 */
export function withLinkFlow(found: readonly LaneFinding[], labels: () => FlowLabels): readonly LaneFinding[] {
  const links = found.filter(({ finding }) => finding.category === 'exfiltration');
  if (links.length === 0 || !labels().tainted) return found;
  return [...found, ...links.flatMap((link) => linkFlow(link, labels()))];
}

function linkFlow({ finding, ...place }: LaneFinding, labels: FlowLabels): readonly LaneFinding[] {
  const call = { tool: 'open_link', arguments: JSON.stringify({ url: place.value }) };
  const { source, spanRisk = 0 } = labels.trace(call).facts.flow.destination ?? {};
  if (source !== 'free') return [];
  const type = LOADING.has(finding.type) ? 'untrusted-image' : 'untrusted-link';
  const score = SCORES[type] + (spanRisk >= RISKY_SPAN ? INSTRUCTED : 0);
  return [{ ...place, finding: { ...finding, detector: 'flow', type, score } }];
}
