import { SallyportError } from '@sallyport/core';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import type { Config, ConfigOptions } from '@sallyport/runtime';
import { type Cli, CONFIG_FLAG, type ConfigFlags, configOr, DATA_FLAG, JSON_FLAG, printJson } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { Interruptions } from '../interruptions.ts';
import type { Terminal } from '../terminal.ts';

export function addStartCommand({ program, terminal, run }: Cli): void {
  program
    .command('start')
    .description('serve the data plane and the admin API until interrupted')
    .option(...DATA_FLAG)
    .option(...CONFIG_FLAG)
    .option('--host <host>', 'address of the data plane (default: 127.0.0.1)')
    .option('--port <port>', 'port of the data plane (default: 8787)')
    .option('--admin-host <host>', 'address of the admin API (default: 127.0.0.1)')
    .option('--admin-port <port>', 'port of the admin API (default: 8788)')
    .option('--audit <mode>', 'strict or relaxed (default: strict)')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: info)')
    .option(...JSON_FLAG)
    .action(run((flags: ConfigFlags & ConfigOptions) => start(flags, terminal)));
}

async function start(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  // Listens before anything is open, so that a signal at any moment finds somebody who closes it again.
  const interruptions = new Interruptions();
  const gateway = await open(config, terminal);
  if (gateway === undefined) return EXIT.negative;
  if (flags.json === true) await printJson(terminal, introduction(config, gateway));
  else terminal.err(greeting(config, gateway));
  const signal = await interruptions.next();
  terminal.err(`${signal}: ending what is under way; once more to stop at once\n`);
  const again = interruptions.next().then(() => gateway.stop(0));
  await Promise.race([gateway.stop(), again]);
  return EXIT.ok;
}

async function open(config: Config, terminal: Terminal): Promise<RunningGateway | undefined> {
  try {
    return await startGateway(config);
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    const { listen, admin } = config;
    terminal.err(`error: cannot listen on ${listen.host}:${listen.port} or ${admin.host}:${admin.port} (${code})\n`);
    return undefined;
  }
}

/** What the gateway says of itself to a program. Secrets that are shown once are shown here too. */
function introduction(config: Config, { house, dataUrl, adminUrl }: RunningGateway) {
  return {
    dataUrl,
    adminUrl,
    data: config.data,
    ...house.status(),
    unprotected: house.policyReport().probes.unprotected.map(({ point, category }) => ({ point, category })),
    ...(house.firstAdminToken !== undefined && { adminToken: house.firstAdminToken }),
    ...(house.firstKey !== undefined && { key: { name: 'first', secret: house.firstKey } }),
  };
}

function greeting(config: Config, { house, dataUrl, adminUrl }: RunningGateway): string {
  const { detectors, routes, providers } = house.status();
  const { policies, probes, policySet } = house.policyReport();
  const guards = policies.filter(({ set }) => set === 'guard').length;
  const lines = [
    `Sallyport guards ${dataUrl} (admin ${adminUrl}), data in ${config.data}`,
    `  provider   ${providers.map(providerLine).join('; ')}`,
    `  routes     ${routes.map((route) => `${route.name}: ${route.models.join(', ')} -> ${route.providers.join(', ')}`).join('; ')}`,
    `  detectors  ${detectors.map(({ id }) => id).join(', ')}`,
    `  policies   ${policies.length - guards} access, ${guards} guard (set ${policySet.slice(0, 12)})`,
    ...unprotectedLines(probes.unprotected),
    ...(house.audit.interrupted.length > 0
      ? [`  recovered  ${house.audit.interrupted.length} interrupted exchanges`]
      : []),
    ...(house.firstAdminToken === undefined ? [] : [`  admin token (shown this once)  ${house.firstAdminToken}`]),
    ...(house.firstKey === undefined ? [] : [`  gateway key \`first\` (shown this once)  ${house.firstKey}`]),
    'Try it:',
    `  ${curlLine(config, dataUrl, house.firstKey)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function providerLine({ name, kind }: { readonly name: string; readonly kind: string }): string {
  return kind === 'demo' ? `${name}, the built-in demo: offline, no model behind it` : `${name} (${kind})`;
}

function unprotectedLines(unprotected: readonly { readonly point: string; readonly category: string }[]): string[] {
  if (unprotected.length === 0) return [];
  const points = new Map<string, string[]>();
  for (const { point, category } of unprotected) points.set(point, [...(points.get(point) ?? []), category]);
  const text = Array.from(points, ([point, categories]) => `${point}: ${categories.join(', ')}`);
  return [`  UNPROTECTED ${text.join('; ')} (see \`sallyport check\`)`];
}

function curlLine({ keys, providers, routes }: Config, dataUrl: string, firstKey: string | undefined): string {
  const [given] = keys;
  const known = given === undefined ? '$SALLYPORT_KEY' : `<secret of ${given.name}>`;
  const named = routes.flatMap(({ models }) => models).find((name) => !name.includes('*'));
  const demo = Object.values(providers).every(({ kind }) => kind === 'demo');
  const model = named ?? (demo ? 'demo' : '<model>');
  const body = `{"model":"${model}","messages":[{"role":"user","content":"My card is 4111 1111 1111 1111, is it safe?"}]}`;
  return `curl -i ${dataUrl}/v1/chat/completions -H "authorization: Bearer ${firstKey ?? known}" -H "content-type: application/json" -d '${body}'`;
}
