import type { AgentConfig } from './config.ts';
import { LEADS_BACK, leadsBack } from './leads-back.ts';
import { readPem } from './pem-file.ts';
import type { Report } from './problem.ts';
import { authorityOf, checkedAddress, headersOf } from './remote-address.ts';
import { detectorSettings, withOverrides } from './routes.ts';
import type { ConfigFile } from './schema.ts';
import type { SecretContext } from './secret-source.ts';

interface AgentsContext extends SecretContext {
  readonly report: Report;
}

/** Where the card of an agent is, unless configuration says otherwise (A2A 1.0, section 8.2). */
const CARD_PATH = '/.well-known/agent-card.json';

/** The agents that are on, with their secrets read. */
export function resolveAgents(file: ConfigFile, context: AgentsContext): Readonly<Record<string, AgentConfig>> {
  const base = detectorSettings(file);
  const resolved: Record<string, AgentConfig> = {};
  for (const [name, options] of Object.entries(file.a2a.agents)) {
    const path = ['a2a', 'agents', name];
    const complain = (member: readonly PropertyKey[], message: string) =>
      context.report({ path: [...path, ...member] }, message);
    const detectors = withOverrides(base, options.detectors, (id, message) => complain(['detectors', id], message));
    const address = checkedAddress(options.url);
    const card = options.cardUrl === undefined ? undefined : checkedAddress(options.cardUrl);
    if ('message' in address) complain(['url'], address.message);
    if (card !== undefined && 'message' in card) complain(['cardUrl'], card.message);
    for (const member of ['url', 'cardUrl'] as const) {
      if (leadsBack(options[member] ?? '', file)) complain([member], LEADS_BACK);
    }
    const headers = headersOf(options, { ...context, complain });
    const ca = authorityOf(options, { ...context, path });
    const cardKeys = options.cardKeys.flatMap(
      (file, at) => readPem('publicKey', { file, path: [...path, 'cardKeys', at] }, context)?.pem ?? [],
    );
    if (!options.enabled || 'message' in address || (card !== undefined && 'message' in card)) continue;
    const { limits, cardMs, approvals } = options;
    const cardUrl = card?.url ?? new URL(CARD_PATH, address.url).href;
    const approvalHoldMs = approvals.holdMs ?? file.approvals.holdMs;
    resolved[name] = {
      name,
      url: address.url,
      cardUrl,
      cardKeys,
      headers,
      ca,
      cardMs,
      limits,
      approvalHoldMs,
      detectors,
    };
  }
  return resolved;
}
