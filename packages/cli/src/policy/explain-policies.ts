import {
  type ExplainedDecision,
  type ExplainedExchange,
  explainExchange,
  findingTypesOf,
  loadPolicies,
  openAuditTrail,
} from '@sallyport/runtime';
import { type Cli, type ConfigFlags, configOr, printJson, reportPolicyProblems } from '../command.ts';
import { EXIT } from '../exit-code.ts';

/** `sallyport policy explain`: why an exchange was decided as it was. */
export function explainCommand({ terminal, run }: Cli) {
  return run(async (exchange: string, flags: ConfigFlags): Promise<number> => {
    const config = await configOr(flags, terminal);
    if (typeof config === 'number') return config;
    const loaded = loadPolicies(config.policies, findingTypesOf(config));
    if (!loaded.ok) return reportPolicyProblems(loaded.problems, flags, terminal);
    const trail = openAuditTrail(config.data);
    try {
      const records = Array.from(trail.records({ exchange }), ({ record }) => record);
      if (records.length === 0) {
        terminal.err(`error: no exchange \`${exchange}\` is in the log\n`);
        if (flags.json === true) await printJson(terminal, { ok: false, exchange });
        return EXIT.negative;
      }
      const explained = explainExchange(records, loaded.engine);
      if (flags.json === true) await printJson(terminal, explained);
      else await terminal.out(describeExchange(explained));
      return EXIT.ok;
    } finally {
      await trail.close();
    }
  });
}

function describeExchange({ exchange, policySets, isSetAtHand, decisions }: ExplainedExchange): string {
  const sets = policySets.map((set) => set.slice(0, 12)).join(', ') || 'none';
  const caveat = isSetAtHand
    ? ''
    : ', which is not the configured one: places and facts are those of policies that bear these ids now';
  return [`${exchange}, set ${sets}${caveat}\n`, ...decisions.map(describeDecision)].join('\n');
}

function describeDecision({ at, point, resource, effect, findings, policies }: ExplainedDecision): string {
  const place = resource === undefined ? '' : ` ${resource.kind} ${resource.id}`;
  const lines = [`${point}${place}: ${effect}  (${at})`];
  if (findings !== undefined && findings.total > 0) {
    const { risk, found } = findings.folded;
    const scores = Object.entries(risk).filter(([, score]) => score > 0);
    lines.push(`  found ${findings.total}: ${pairs(Object.entries(found))}; risk ${pairs(scores)}`);
  }
  for (const { id, part, policy, facts } of policies) {
    const told =
      policy === undefined ? 'no policy of the set at hand' : `${policy.effect}, ${policy.mode}  ${policy.at}`;
    lines.push(`  ${part} ${id}  ${told}`);
    if (policy?.description !== undefined) lines.push(`    ${policy.description}`);
    for (const [path, value] of Object.entries(facts ?? {})) lines.push(`    ${path} = ${JSON.stringify(value)}`);
  }
  return `${lines.join('\n')}\n`;
}

function pairs(entries: readonly (readonly [string, number])[]): string {
  return entries.map(([name, value]) => `${name} ${value}`).join(', ');
}
