import type { ShownApproval } from '@sallyport/gateway';
import { REASON_MAX_CHARS } from '@sallyport/runtime';
import { visibleText } from '@sallyport/text';
import { type Cli, type ConfigFlags, misuse } from '../command.ts';
import { everyPage } from '../every-page.ts';
import { cell, oneLine, withClient, withGateway } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const APPROVAL_ID = /^apr_[0-9A-Za-z]{20}$/;

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

function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withClient<{ approvals: readonly ShownApproval[] }>(flags, terminal, {
    ask: (client) => everyPage(client, '/approvals', 'approvals'),
    tell: ({ approvals }) => {
      const titles = ['approval', 'status', 'tool', 'principal', 'route', 'asked', 'expires'];
      const rows = approvals.map(({ id, status, shown, principal, route, askedAt, expiresAt }) =>
        [id, status, shown.tool, `${principal.kind}/${principal.id}`, route, askedAt, expiresAt].map(cell),
      );
      return terminal.out(wordTable(titles, rows));
    },
  });
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
