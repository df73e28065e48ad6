import type { ShownTool, ShownToolChanges } from '@sallyport/gateway';
import { REASON_MAX_CHARS } from '@sallyport/runtime';
import { changeLines, isCut } from '../change-lines.ts';
import { type Cli, type ConfigFlags, misuse } from '../command.ts';
import { everyPage } from '../every-page.ts';
import { cell, oneLine, withClient, withGateway } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const PIN_ID = /^pin_[0-9a-f]{20}$/;
const HASH = /^[0-9a-f]{32}$/;

interface StepFlags extends ConfigFlags {
  readonly reason?: string;
  readonly hash?: string;
}

const REASON = ['--reason <text>', `why, for the audit log; up to ${REASON_MAX_CHARS} characters`] as const;

export function addToolsCommand({ program, terminal, run }: Cli): void {
  const tools = program.command('tools').description('tools whose definitions were pinned, in the gateway that runs');
  withGateway(
    tools.command('list').description('what is pinned; what changed or passes for another comes first'),
  ).action(run((flags: ConfigFlags) => list(flags, terminal)));
  withGateway(
    tools
      .command('show')
      .description(
        'under which hashes a tool was seen, when, in which exchange, and what a definition that waits says otherwise',
      )
      .argument('<id>', 'its id, such as `list` gives it'),
  ).action(run((id: string, flags: ConfigFlags) => show(id, flags, terminal)));
  withGateway(
    tools
      .command('accept')
      .description('take the definition that waits, beside those that are trusted')
      .argument('<id>')
      .option('--hash <hash>', 'which one, where several wait, or where not all that changed is shown')
      .option(...REASON),
  ).action(run((id: string, flags: StepFlags) => accept(id, flags, terminal)));
  withGateway(
    tools
      .command('forget')
      .description('let a tool be pinned anew when it comes again')
      .argument('<id>')
      .option(...REASON),
  ).action(run((id: string, flags: StepFlags) => forget(id, flags, terminal)));
}

function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withClient<{ tools: readonly ShownTool[] }>(flags, terminal, {
    ask: (client) => everyPage(client, '/tools', 'tools'),
    tell: ({ tools }) => {
      const titles = ['tool', 'name', 'status', 'principal', 'route', 'protocol', 'trusted', 'waiting'];
      const rows = tools.map(({ id, shown, status, owner, trusted, waiting }) => {
        const { principal, route, protocol } = owner;
        const counts = [trusted.length, waiting.length].map(String);
        return [id, shown, status, `${principal.kind}/${principal.id}`, route, protocol, ...counts].map(cell);
      });
      return terminal.out(wordTable(titles, rows));
    },
  });
}

async function show(id: string, flags: ConfigFlags, terminal: Terminal): Promise<number> {
  if (!PIN_ID.test(id)) return misuse('no id of a tool', flags, terminal);
  return withClient<ShownToolChanges>(flags, terminal, {
    ask: (client) => client.get(`/tools/${id}`),
    tell: (tool) => terminal.out(described(tool)),
  });
}

function described({ id, shown, status, owner, trusted, waiting, changes }: ShownToolChanges): string {
  const { tenant, principal, route, protocol } = owner;
  const facts = [
    ['tool', id],
    ['name', shown],
    ['status', status],
    ['principal', `${principal.kind}/${principal.id} of tenant ${tenant}`],
    ['route', `${route} (${protocol})`],
  ] as const;
  const lines = facts.map(([name, text]) => `${name.padEnd(9)}  ${oneLine(text)}`);
  const seen = [...seenLines('trusted', trusted), ...seenLines('waiting', waiting)];
  return [...lines, ...seen, ...changes.flatMap(differenceLines), ''].join('\n');
}

function differenceLines({ hash, since, changes, more }: ShownToolChanges['changes'][number]): readonly string[] {
  const title = since === undefined ? `${hash} says` : `${hash} differs from ${since} in`;
  const told = changes.flatMap(({ at, ...values }) => [
    `  ${at === '' ? 'the whole definition' : oneLine(at)}`,
    ...changeLines(values).map((line) => `    ${oneLine(line)}`),
  ]);
  return [title, ...told, ...(more === 0 ? [] : [`  and ${more} further places`])];
}

function seenLines(title: string, seen: ShownTool['trusted']): readonly string[] {
  if (seen.length === 0) return [];
  const rows = seen.map(({ hash, at, exchange, by }) => {
    const accepted = by === undefined ? '' : `, accepted by ${by}`;
    return `  ${hash}  ${at}  exchange ${exchange}${accepted}`;
  });
  return [title, ...rows.map(oneLine)];
}

async function accept(id: string, flags: StepFlags, terminal: Terminal): Promise<number> {
  const { hash } = flags;
  const wrong = wrongIn(id, flags);
  if (wrong !== undefined) return misuse(wrong, flags, terminal);
  if (hash !== undefined && !HASH.test(hash)) return misuse('no hash of a definition', flags, terminal);
  return withClient<ShownTool>(flags, terminal, {
    ask: async (client) => {
      const chosen = hash === undefined ? theOneThatWaits(await client.get(`/tools/${id}`)) : { hash };
      if ('refused' in chosen) return chosen;
      const { reason = '' } = flags;
      return client.post(`/tools/${id}`, { step: 'accepted', hash: chosen.hash, reason, via: 'terminal' });
    },
    tell: ({ shown }) => terminal.err(`accepted: this definition of \`${oneLine(shown)}\` is no finding any more\n`),
  });
}

type Answer = { readonly body: unknown } | { readonly refused: string };

function theOneThatWaits(answer: Answer): { readonly hash: string } | { readonly refused: string } {
  if ('refused' in answer) return answer;
  const { waiting, changes } = answer.body as ShownToolChanges;
  const [only] = waiting;
  if (only === undefined) return { refused: 'no definition of this tool waits' };
  if (waiting.length > 1) return { refused: 'several definitions of this tool wait: say which with `--hash`' };
  if (changes.some((change) => change.more > 0 || change.changes.some(isCut)))
    return { refused: 'not all that changed in this definition is shown: take it as it is with `--hash`' };
  return only;
}

async function forget(id: string, flags: StepFlags, terminal: Terminal): Promise<number> {
  const wrong = wrongIn(id, flags);
  if (wrong !== undefined) return misuse(wrong, flags, terminal);
  const { reason = '' } = flags;
  return withClient<ShownTool>(flags, terminal, {
    ask: (client) => client.post(`/tools/${id}`, { step: 'forgotten', reason, via: 'terminal' }),
    tell: ({ shown }) => terminal.err(`forgotten: \`${oneLine(shown)}\` is pinned anew when it comes again\n`),
  });
}

function wrongIn(id: string, { reason = '' }: StepFlags): string | undefined {
  if (!PIN_ID.test(id)) return 'no id of a tool';
  return reason.length > REASON_MAX_CHARS ? `a reason has ${REASON_MAX_CHARS} characters at most` : undefined;
}
