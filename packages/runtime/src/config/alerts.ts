import type { AlertAttribute } from '@sallyport/core';
import { readUrl } from '@sallyport/core';
import type { AlertCondition, AlertResponse, AlertRule } from '@sallyport/monitor';
import { webhookKey } from '../approvals/webhook-signature.ts';
import type { AlertSinkConfig, AlertsConfig } from './alerts-config.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { Secret } from './secret.ts';
import { readSecret, type SecretContext } from './secret-source.ts';
import { urlProblem } from './webhook.ts';

const RULES_MAX = 100;
const SINKS_MAX = 16;

type AlertOptions = ConfigFile['alerts'];
type RuleOptions = AlertOptions['rules'][string];
type SinkOptions = AlertOptions['sinks'][string];
type Context = SecretContext & { readonly report: Report };

export function resolveAlerts({ rules, sinks, maxPerHour }: AlertOptions, context: Context): AlertsConfig {
  const { report } = context;
  if (Object.keys(rules).length > RULES_MAX) report({ path: ['alerts', 'rules'] }, `has more than ${RULES_MAX} rules`);
  if (Object.keys(sinks).length > SINKS_MAX) report({ path: ['alerts', 'sinks'] }, `has more than ${SINKS_MAX} sinks`);
  return {
    rules: Object.entries(rules).flatMap(([name, rule]) => resolveRule(name, rule, report)),
    sinks: Object.entries(sinks).flatMap(([name, sink]) => resolveSink(name, sink, context)),
    maxPerHour,
  };
}

function resolveRule(name: string, options: RuleOptions, report: Report): readonly AlertRule[] {
  const path = ['alerts', 'rules', name];
  const [when, ...more] = conditionsOf(options);
  if (when === undefined || more.length > 0) {
    report({ path }, 'needs exactly one of `finding`, `count`, `share`, `moved` and `new`');
    return [];
  }
  const { severity, dedupeMs, by = USUAL_BY[when.kind], respond } = options;
  const response = respond && resolveResponse(respond);
  if (respond !== undefined && !by.includes(respond.target)) {
    report({ path: [...path, 'respond', 'target'] }, `is not among \`by\`: nobody would know which ${respond.target}`);
  }
  if (respond !== undefined && (respond.action === 'throttle') !== (respond.perMinute !== undefined)) {
    report({ path: [...path, 'respond', 'perMinute'] }, 'belongs to `throttle`, which needs it');
  }
  return [{ name, severity, when, by, dedupeMs, ...(response && { respond: response }) }];
}

const USUAL_BY: Readonly<Record<AlertCondition['kind'], readonly AlertAttribute[]>> = {
  finding: ['category', 'principal'],
  count: [],
  share: [],
  moved: ['signal', 'name'],
  new: ['signal', 'name'],
};

function conditionsOf({ finding, count, share, moved, new: isNew }: RuleOptions): readonly AlertCondition[] {
  return [
    ...(finding === undefined ? [] : [{ kind: 'finding', ...finding } as const]),
    ...(count === undefined ? [] : [{ kind: 'count', ...count } as const]),
    ...(share === undefined ? [] : [{ kind: 'share', ...share } as const]),
    ...(moved === undefined ? [] : [{ kind: 'moved', ...moved } as const]),
    ...(isNew === undefined ? [] : [{ kind: 'new', ...isNew } as const]),
  ];
}

function resolveResponse({ perMinute, ...respond }: NonNullable<RuleOptions['respond']>): AlertResponse {
  return { ...respond, ...(perMinute !== undefined && { perMinute }) };
}

function resolveSink(name: string, options: SinkOptions, { report, ...context }: Context): readonly AlertSinkConfig[] {
  const path = ['alerts', 'sinks', name];
  const { minSeverity } = options;
  if (options.kind === 'webhook') {
    const problem = urlProblem(options.url);
    if (problem !== undefined) report({ path: [...path, 'url'] }, problem);
    const secret = readSecret(options.secret, context);
    const wrong = secret instanceof Secret ? keyProblem(secret) : secret.message;
    if (wrong !== undefined) report({ path: [...path, 'secret'] }, wrong);
    return secret instanceof Secret ? [{ kind: 'webhook', name, minSeverity, url: options.url, secret }] : [];
  }
  const url = readSecret(options.url, context);
  const wrong = url instanceof Secret ? urlProblem(url.reveal()) : url.message;
  if (wrong !== undefined) report({ path: [...path, 'url'] }, wrong);
  return url instanceof Secret && readUrl(url.reveal()) !== undefined
    ? [{ kind: 'slack', name, minSeverity, url }]
    : [];
}

function keyProblem(secret: Secret): string | undefined {
  return webhookKey(secret.reveal()) === undefined ? 'must be `whsec_` and 24 to 64 bytes in base64' : undefined;
}
