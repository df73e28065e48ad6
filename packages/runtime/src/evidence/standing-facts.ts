import type { AccessAction, FlowFacts, PolicyEngine, RoleFacts } from '@sallyport/core';
import { effectOf, toolGroups } from '@sallyport/core';
import { type CedarPolicyEngine, probe, probeQuestion } from '@sallyport/policy';
import type { Setting, StandingFacts } from '@sallyport/record';
import type { Config } from '../config/index.ts';
import type { Inspectors } from '../inspectors.ts';

export interface StandingParts extends Pick<Inspectors, 'detectors' | 'findingTypes'> {
  readonly config: Config;
  readonly engine: CedarPolicyEngine;
}

/** What stands now, as far as controls may rest on it: policies as they answer, detectors and settings as they are configured. */
export function standingFacts({ config, engine, detectors, findingTypes }: StandingParts): StandingFacts {
  return {
    findingTypes,
    ...toolSchemasOf(config, engine),
    probes: probe(engine).results,
    detectors: detectors.map(({ id, version }) => ({
      id,
      version,
      off: config.routes.filter((route) => route.detectors[id]?.enabled === false).map(({ name }) => name),
    })),
    settings: settingsOf(config, engine),
  };
}

/** Of the tools that policies name. */
function toolSchemasOf(
  { policies: { toolSchemas = {} } }: Config,
  { typedActions }: PolicyEngine,
): Pick<StandingFacts, 'toolSchemas'> {
  if (typedActions === undefined) return {};
  return {
    toolSchemas: Object.fromEntries(Object.entries(toolSchemas).filter(([action]) => typedActions.has(action))),
  };
}

type Settings = StandingFacts['settings'];
type Said = Settings[Setting];

function settingsOf(config: Config, engine: CedarPolicyEngine): Settings {
  const { audit, budgets, content, identity, policies, routes } = config;
  const limits = (budgets?.limits.length ?? 0) + (budgets?.session.length ?? 0);
  const { registry } = config.access;
  const unregistered = Object.keys(config.providers).filter((name) => {
    const { region, retentionDays, trainsOnData, approvedBy } = registry[name] ?? {};
    return [region, retentionDays, trainsOnData, approvedBy].includes(undefined);
  });
  const unvetted = routes.filter((route) => route.detectors['tool-integrity']?.enabled === false);
  const asking = engine.policies.filter(({ effect, mode }) => effect === 'ask' && mode === 'enforce');
  const { retention, witnesses, mode } = audit;
  const ways = [
    ...identity.issuers.map(({ name }) => `tokens of ${name}`),
    ...(identity.certificates.length > 0 ? ['client certificates'] : []),
  ];
  return {
    'access-default-deny': defaultDeny(engine),
    approvals: said(asking.length > 0, `${asking.length} policies in force leave calls to a person`),
    'audit-strict': said(
      mode === 'strict',
      `records are ${mode === 'strict' ? 'durable before' : 'written behind'} answers`,
    ),
    'audit-witness': said(witnesses.length > 0, `${witnesses.length} witnesses are asked to sign the log`),
    budgets: said(limits > 0, `${limits} limits are configured`),
    'content-encrypted': said(
      true,
      content.keys === undefined ? 'no content is kept' : `content is kept under data keys of each ${content.subject}`,
    ),
    'flow-judged': flowJudged(engine),
    'identity-issuers': said(
      ways.length > 0,
      ways.length > 0 ? `beside gateway keys: ${ways.join(', ')}` : 'gateway keys alone',
    ),
    'registry-complete': said(
      unregistered.length === 0,
      unregistered.length === 0
        ? 'every provider is registered'
        : `nothing is registered of ${unregistered.join(', ')}`,
    ),
    'retention-lock': said(
      retention?.lock === true,
      retention === undefined
        ? 'records stay for ever, and nothing keeps a later configuration from archiving them'
        : `records stay ${retention.days} days${retention.lock ? ', locked' : ''}`,
    ),
    'signed-policies': said(
      policies.bundle !== undefined,
      policies.bundle === undefined ? 'policy folders need no signature' : 'only signed policy folders are taken',
    ),
    tls: said(
      config.listen.tls !== undefined,
      config.listen.tls === undefined ? 'the data plane speaks plain HTTP' : 'the data plane speaks TLS',
    ),
    'tools-vetted': said(
      unvetted.length === 0,
      unvetted.length === 0
        ? 'tools are vetted on every route'
        : `tools are not vetted on ${unvetted.map(({ name }) => name).join(', ')}`,
    ),
  };
}

function said(holds: boolean, says: string): Said {
  return { holds, says };
}

/** Whether a principal of whom no policy knows anything is refused. */
function defaultDeny(engine: PolicyEngine): Said {
  const resources = { 'use-model': 'model', 'call-tool': 'tool', 'read-data': 'data-source' } as const;
  const open = (Object.keys(resources) as (keyof typeof resources & AccessAction)[]).filter((action) => {
    const principal = { kind: 'service', id: 'probe', tenant: 'probe', groups: [] } as const;
    const resource = { kind: resources[action], id: 'probe', groups: [] };
    const context = { route: 'probe', protocol: 'probe' };
    return engine.access({ principal, action, resource, context }).verdict === 'allow';
  });
  return open.length === 0
    ? said(true, 'a principal of whom no policy knows anything may do nothing')
    : said(false, `a principal of whom no policy knows anything may: ${open.join(', ')}`);
}

const ROLE: RoleFacts = {
  source: 'free',
  spanRisk: 1_000,
  solicited: true,
  lookalike: false,
  named: false,
  attributed: false,
  endorsed: false,
  endorsements: [],
  carriedSolicited: false,
  confidential: 0,
};

/** The call that flow control is there for: it reaches somebody whom only untrusted text names. */
const HOSTILE: FlowFacts = {
  tool: { name: 'probe', defined: true, effect: 'write', outward: true, destructive: false },
  action: { source: 'none' },
  flow: { destination: ROLE, content: ROLE },
  session: {
    tainted: true,
    ruleOfTwo: { untrusted: true, private: true, outward: true, count: 3 },
    calls: { total: 0, writes: 0, sameTool: 0, sameToolWithin10: 0, formerly: [] },
  },
};

function flowJudged(engine: PolicyEngine): Said {
  const resource = { kind: 'tool', id: HOSTILE.tool.name, groups: toolGroups(HOSTILE) } as const;
  const question = probeQuestion('tool-call', 'injection', { resource });
  const context = { ...question.context, findings: [], flow: HOSTILE };
  const decision = engine.guard({ ...question, context });
  const effect = effectOf(decision);
  const holds = effect === 'block' || effect === 'ask';
  return said(
    holds,
    `a call to a destination that only untrusted text names: ${effect}${decision.policies.length === 0 ? '' : ` (${decision.policies.join(', ')})`}`,
  );
}
