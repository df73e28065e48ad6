import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Principal, recordedName } from '@sallyport/core';
import type { ShownTool } from '@sallyport/gateway';
import {
  type Config,
  type InspectedServer,
  type InspectedTool,
  inspectServer,
  type NotInspected,
  type ShownRuling,
  type ThroughGateway,
} from '@sallyport/runtime';
import { adminClient, TOKEN } from '../admin-client.ts';
import { type ConfigFlags, configOr, misuse, printJson, reportPolicyProblems } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { cell, oneLine } from '../gateway-command.ts';
import { dataPlane } from '../listener-url.ts';
import type { Terminal } from '../terminal.ts';

export interface InspectFlags extends ConfigFlags {
  readonly as: string;
  readonly tenant: string;
  readonly save?: string;
  readonly url?: string;
}

const WHO = /^(user|service|agent)\/(.{1,256})$/;

/** What the gateway that runs says of a tool's definition; `unknown` where none could be asked. */
type PinStanding = ShownTool['status'] | 'not seen' | 'unknown';

interface Pinned {
  readonly status: PinStanding;
  /** For `sallyport tools show`. */
  readonly id?: string;
}

/** Says of each tool of a server what the wall would. @returns the exit code */
export async function inspect(server: string, flags: InspectFlags, terminal: Terminal): Promise<number> {
  const principal = principalOf(flags);
  if (principal === undefined) return misuse('`--as` must be such as `user/ann` or `agent/mailer`', flags, terminal);
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const through = gatewayOf(server, config, { url: flags.url, env: terminal.env });
  if (typeof through === 'string') return misuse(through, flags, terminal);
  const inspected = await inspectServer(config, { name: server, principal, through });
  if ('problems' in inspected) return reportPolicyProblems(inspected.problems, flags, terminal);
  if ('unknown' in inspected) return misuse(`no server \`${oneLine(server)}\` in the configuration`, flags, terminal);
  if (!('tools' in inspected)) return tellNothing(whyNot(inspected), flags, terminal);
  // What the gateway was asked for just now is pinned by now.
  const pins = await pinsOf(server, config, terminal);
  const { save } = flags;
  if (save !== undefined && !saved(resolve(terminal.cwd, save), inspected)) {
    return tellNothing('the file of `--save` cannot be written', flags, terminal);
  }
  if (pins.lack !== undefined) terminal.err(`pins are not known: ${pins.lack}\n`);
  if (flags.json === true) {
    const tools = inspected.tools.map((tool) => ({ ...tool, pin: pins.of(tool.name).status }));
    await printJson(terminal, { server, as: flags.as, tools, truncated: inspected.truncated });
    return EXIT.ok;
  }
  await terminal.out(inspected.tools.map((tool) => described(tool, pins.of(tool.name))).join('\n'));
  terminal.err(summary(inspected, flags));
  return EXIT.ok;
}

function principalOf({ as, tenant }: InspectFlags): Principal | undefined {
  const [, kind, id] = WHO.exec(as) ?? [];
  return kind === undefined || id === undefined
    ? undefined
    : { kind: kind as Principal['kind'], id: recordedName(id), tenant, groups: [] };
}

interface Reaching {
  readonly url: string | undefined;
  readonly env: Terminal['env'];
}

/** What lets the gateway in at a server is the gateway's that runs: it is asked then, with a key for it. @returns what is wrong, as text */
function gatewayOf(server: string, config: Config, { url, env }: Reaching): ThroughGateway | undefined | string {
  if (!Object.hasOwn(config.mcp.authorization.upstreams, server)) return undefined;
  const key = env.SALLYPORT_KEY ?? '';
  if (!TOKEN.test(key)) {
    return 'the gateway that runs has what lets it in at this server: set `SALLYPORT_KEY` to a key for it, and it is asked';
  }
  const plane = dataPlane(config, url);
  return 'lacks' in plane ? plane.lacks : { ...plane, key };
}

const WHY = {
  silent: 'the server said nothing for too long',
  gone: 'the server ended, or cannot be reached',
  unreadable: 'what the server says is no MCP',
  'too-large': 'the server says more at once than `limits.maxMessageBytes`',
  refused: 'the server lets in nobody without an authorization, which only the gateway that runs has',
  'refused-by-answer': 'the server answers that it cannot tell its tools, or speaks no revision that is spoken here',
} as const;

function whyNot(inspected: Exclude<NotInspected, { readonly unknown: true } | { readonly problems: unknown }>): string {
  if ('page' in inspected) return `somebody has to let the gateway in first, at ${oneLine(inspected.page)}`;
  return 'lost' in inspected ? WHY[inspected.lost] : 'the list of tools is none that the gateway would read';
}

async function tellNothing(message: string, flags: InspectFlags, terminal: Terminal): Promise<number> {
  await misuse(message, flags, terminal);
  return EXIT.negative;
}

function saved(path: string, { file }: InspectedServer): boolean {
  try {
    writeFileSync(path, file);
    return true;
  } catch {
    return false;
  }
}

interface Pins {
  readonly of: (tool: string) => Pinned;
  /** Why nothing is known. */
  readonly lack?: string;
}

/** Pins are the gateway's that runs: without it, or without a token for it, nothing is known of them. */
async function pinsOf(server: string, config: Config, { env }: Terminal): Promise<Pins> {
  const client = adminClient(config, env);
  const answer = 'lacks' in client ? { refused: client.lacks } : await client.get('/tools');
  if ('refused' in answer) return { of: () => ({ status: 'unknown' }), lack: answer.refused };
  const { tools } = answer.body as { readonly tools: readonly ShownTool[] };
  const own = tools.filter(({ owner: { route, protocol } }) => route === `mcp/${server}` && protocol === 'mcp');
  const known = new Map(own.map(({ name, status, id }): [string, Pinned] => [name, { status, id }]));
  return { of: (tool) => known.get(tool) ?? { status: 'not seen' } };
}

function pinText({ status, id }: Pinned): string {
  if (status === 'unknown') return 'not known';
  return status === 'changed' ? `changed: \`sallyport tools show ${id}\` tells what` : status;
}

function described(tool: InspectedTool, pin: Pinned): string {
  const does = [tool.effect, ...(tool.outward ? ['outward'] : []), ...(tool.destructive ? ['destructive'] : [])];
  const given = tool.arguments.map(({ name, role }) => `${cell(name)} (${role})`);
  const risks = tool.risks.map(({ type, score, where }) => `${type} ${score} in its ${cell(where)}`);
  const facts = [
    ['does', does.join(', ')],
    ['takes', tool.isCheckable ? given.join(', ') || 'nothing' : 'what cannot be checked: no call passes'],
    ['risks', risks.join('; ') || 'none found'],
    ['pin', pinText(pin)],
    ['access', ruledText(tool.access)],
    ['definition', ruledText(tool.definition)],
    ['call', `${ruledText(tool.calls.fromUser)} with values that the user wrote`],
    ['', `${ruledText(tool.calls.fromText)} with values from a text of somebody else`],
  ] as const;
  return [cell(tool.name), ...facts.map(([name, text]) => `  ${name.padEnd(10)}  ${text}`), ''].join('\n');
}

function ruledText({ effect, policies }: ShownRuling): string {
  return policies.length === 0 ? effect : `${effect} (${policies.join(', ')})`;
}

function summary({ tools, truncated }: InspectedServer, { as, save }: InspectFlags): string {
  const more = truncated ? '; there are more, which the gateway would not offer either' : '';
  const file = save === undefined ? '' : `; written to ${oneLine(save)}`;
  return `${tools.length} tools, as ${oneLine(as)} would meet them${more}${file}\n`;
}
