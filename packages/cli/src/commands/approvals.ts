import type { ShownApproval } from '@sallyport/gateway';
import { REASON_MAX_CHARS } from '@sallyport/runtime';
import { visibleText } from '@sallyport/text';
import type { Command } from 'commander';
import { type AdminClient, adminClient } from '../admin-client.ts';
import { type Cli, CONFIG_FLAG, type ConfigFlags, configOr, JSON_FLAG, misuse, printJson } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { textTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const APPROVAL_ID = /^apr_[0-9A-Za-z]{20}$/;
/** Of a name that a model chose, characters in a row of the list; `show` has all of it. */
const LISTED_CHARS_MAX = 40;

interface DecideFlags extends ConfigFlags {
  readonly reason?: string;
}

export function addApprovalsCommand({ program, terminal, run }: Cli): void {
  const approvals = program.command('approvals').description('calls that wait for a human, in the gateway that runs');
  withGateway(approvals.command('list').description('what waits, and what was decided and not used yet')).action(
    run((flags: ConfigFlags) => list(flags, terminal)),
  );
  withGateway(
    approvals
      .command('show')
      .description('what a call would do, and what became of the question')
      .argument('<id>', 'its id, such as `list` gives it'),
  ).action(run((id: string, flags: ConfigFlags) => show(id, flags, terminal)));
  for (const [name, granted, description] of [
    ['allow', true, 'let the call through, once'],
    ['deny', false, 'turn the call down'],
  ] as const) {
    withGateway(approvals.command(name).description(description).argument('<id>'))
      .option('--reason <text>', `why, for the audit log; up to ${REASON_MAX_CHARS} characters`)
      .action(run((id: string, flags: DecideFlags) => decide(id, flags, { terminal, granted })));
  }
}

function withGateway(command: Command): Command {
  return command
    .option(...CONFIG_FLAG)
    .option('--admin-host <host>', 'address of the admin API (default: 127.0.0.1)')
    .option('--admin-port <port>', 'port of the admin API (default: 8788)')
    .option(...JSON_FLAG);
}

interface Asking<Body> {
  readonly ask: (client: AdminClient) => ReturnType<AdminClient['get']>;
  /** Tells people of it. */
  readonly tell: (body: Body) => Promise<void> | void;
}

async function withClient<Body>(flags: ConfigFlags, terminal: Terminal, { ask, tell }: Asking<Body>): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const client = adminClient(config);
  if ('lacks' in client) return misuse(client.lacks, flags, terminal);
  const answer = await ask(client);
  if ('refused' in answer) {
    terminal.err(`error: ${answer.refused}\n`);
    if (flags.json === true) {
      await printJson(terminal, { ok: false, problems: [{ path: '', message: answer.refused }] });
    }
    return EXIT.negative;
  }
  if (flags.json === true) await printJson(terminal, answer.body);
  else await tell(answer.body as Body);
  return EXIT.ok;
}

function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withClient<{ approvals: readonly ShownApproval[] }>(flags, terminal, {
    ask: (client) => client.get('/approvals'),
    tell: ({ approvals }) => {
      const titles = ['approval', 'status', 'tool', 'principal', 'route', 'asked', 'expires'];
      const rows = approvals.map(({ id, status, shown, principal, route, askedAt, expiresAt }) =>
        [id, status, shown.tool, `${principal.kind}/${principal.id}`, route, askedAt, expiresAt].map(cell),
      );
      return terminal.out(
        textTable(
          titles.map((title) => ({ title, align: 'left' })),
          rows,
        ),
      );
    },
  });
}

function cell(text: string): string {
  const line = oneLine(text);
  return line.length > LISTED_CHARS_MAX ? `${line.slice(0, LISTED_CHARS_MAX - 3)}...` : line;
}

/** What stands on a line of ours must not begin one of its own. */
function oneLine(text: string): string {
  return visibleText(text).replaceAll('\n', '\\n');
}

async function show(id: string, flags: ConfigFlags, terminal: Terminal): Promise<number> {
  if (!APPROVAL_ID.test(id)) return misuse('no id of an approval', flags, terminal);
  return withClient<ShownApproval>(flags, terminal, {
    ask: (client) => client.get(`/approvals/${id}`),
    tell: (approval) => terminal.out(described(approval)),
  });
}

function described({ shown, decided, ...approval }: ShownApproval): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['approval', approval.id],
    ['status', approval.status],
    ['tool', shown.tool],
    ['principal', shown.principal],
    ['route', `${approval.route} (${approval.protocol})`],
    ['exchange', approval.exchange],
    ['policies', approval.policies.join(', ')],
    ['message', approval.message],
    ['asked', approval.askedAt],
    ['expires', approval.expiresAt],
    ['decided', decided && `by ${decided.by} at ${decided.at}, through ${decided.via}`],
    ['reason', decided?.reason],
  ];
  const lines = facts.flatMap(([name, text = '']) => (text === '' ? [] : [`${name.padEnd(9)}  ${oneLine(text)}`]));
  // Each line of the arguments is set in, so that none of them passes for one of the facts.
  const made = visibleText(shown.arguments).split('\n');
  const came = approval.provenance.flatMap(({ path, source, words, evidence }) => [
    `  ${oneLine(path)}  ${source}: ${words}`,
    ...evidence.flatMap(({ where, excerpt }) => [
      `    ${oneLine(where)}`,
      ...(excerpt === '' ? [] : [`      | ${oneLine(excerpt)}`]),
    ]),
  ]);
  const sources = came.length === 0 ? [] : ['came from', ...came];
  return [...lines, 'arguments', ...made.map((line) => `  ${line}`), ...sources, ''].join('\n');
}

interface Deciding {
  readonly terminal: Terminal;
  readonly granted: boolean;
}

async function decide(id: string, flags: DecideFlags, { terminal, granted }: Deciding): Promise<number> {
  const { reason = '' } = flags;
  if (!APPROVAL_ID.test(id)) return misuse('no id of an approval', flags, terminal);
  if (reason.length > REASON_MAX_CHARS) {
    return misuse(`a reason has ${REASON_MAX_CHARS} characters at most`, flags, terminal);
  }
  return withClient<ShownApproval>(flags, terminal, {
    ask: (client) => client.post(`/approvals/${id}`, { granted, reason, via: 'terminal' }),
    tell: ({ shown, expiresAt }) => {
      const tool = oneLine(shown.tool);
      terminal.err(
        granted
          ? `allowed: the call of \`${tool}\` goes through once, until ${expiresAt}\n`
          : `denied: the call of \`${tool}\` is turned down\n`,
      );
    },
  });
}
