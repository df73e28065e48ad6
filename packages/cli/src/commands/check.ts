import { type Config, findingTypesOf, reviewPolicies } from '@sallyport/runtime';
import {
  type Cli,
  CONFIG_FLAG,
  type ConfigFlags,
  configOr,
  JSON_FLAG,
  printJson,
  reportPolicyProblems,
} from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { describeReview, reviewJson } from '../policy-report.ts';
import type { Terminal } from '../terminal.ts';

export function addCheckCommand({ program, terminal, run }: Cli): void {
  program
    .command('check')
    .description('read configuration and policies without starting anything; list what would not be stopped')
    .option(...JSON_FLAG)
    .option(...CONFIG_FLAG)
    .addHelpText(
      'after',
      '\nExit code: 0 valid (even where something is unprotected), 1 policies not valid, 2 configuration not valid.',
    )
    .action(run((flags: ConfigFlags) => check(flags, terminal)));
}

async function check(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const review = reviewPolicies(config.policies, findingTypesOf(config));
  if (!review.ok) return reportPolicyProblems(review.problems, flags, terminal);
  if (flags.json === true)
    await printJson(terminal, { ok: true, config: configJson(config), policies: reviewJson(review) });
  else await terminal.out(`${describeConfig(config)}${describeReview(review)}`);
  return EXIT.ok;
}

function configJson({ file, data, listen, admin, providers, routes, audit, keys }: Config) {
  return {
    file: file ?? null,
    data,
    listen,
    admin: { host: admin.host, port: admin.port },
    providers: Object.values(providers).map(({ name, kind, models }) => ({ name, kind, models })),
    routes: routes.map(({ name, models, protocols, providers }) => ({ name, models, protocols, providers })),
    audit: audit.mode,
    keys: keys.map(({ name }) => name),
  };
}

function describeConfig({ file, data, listen, admin, providers, routes, audit }: Config): string {
  const names = Object.values(providers).map(({ name, kind }) => (name === kind ? name : `${name} (${kind})`));
  return [
    `configuration: ${file ?? 'defaults, no file'}`,
    `data in ${data}, audit ${audit.mode}`,
    `data plane ${listen.host}:${listen.port}, admin ${admin.host}:${admin.port}`,
    `providers: ${names.join(', ')}`,
    ...routes.map((route) => `route ${route.name}: ${route.models.join(' ')} -> ${route.providers.join(', ')}`),
    '',
  ].join('\n');
}
