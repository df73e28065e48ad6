import type { ShownTimeline } from '@sallyport/gateway';
import { REASON_MAX_CHARS, type ShownIdentity } from '@sallyport/runtime';
import { type Cli, type ConfigFlags, misuse } from '../command.ts';
import { everyPage } from '../every-page.ts';
import { cell, oneLine, withClient, withGateway } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface ApproveFlags extends ConfigFlags {
  readonly reason?: string;
}

/** What speaks against a model being the same. */
type Reason = ShownIdentity['reasons'][number];

const PROVIDER = ['<provider>', 'its name in the configuration'] as const;
const MODEL = ['<model>', 'the name by which clients ask for it'] as const;

export function addIdentityCommand({ program, terminal, run }: Cli): void {
  const identity = program
    .command('identity')
    .description('whether the models of providers are still those that were approved, in the gateway that runs');
  withGateway(identity.command('list').description('every model that answered; what changed comes first')).action(
    run((flags: ConfigFlags) => list(flags, terminal)),
  );
  withGateway(
    identity
      .command('show')
      .description('how a model stands, why, and how it came to that')
      .argument(...PROVIDER)
      .argument(...MODEL),
  ).action(run((provider: string, model: string, flags: ConfigFlags) => show({ provider, model }, flags, terminal)));
  withGateway(
    identity
      .command('approve')
      .description('take a model for what it is now, under all names by which it went so far')
      .argument(...PROVIDER)
      .argument(...MODEL)
      .option('--reason <text>', `why, for the audit log; up to ${REASON_MAX_CHARS} characters`),
  ).action(
    run((provider: string, model: string, flags: ApproveFlags) => approve({ provider, model }, flags, terminal)),
  );
}

function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withClient<{ identities: readonly ShownIdentity[] }>(flags, terminal, {
    ask: (client) => everyPage(client, '/identities', 'identities'),
    tell: ({ identities }) => {
      const titles = ['provider', 'model', 'state', 'since', 'why', 'approved by'];
      const rows = identities.map(({ provider, model, state, learning, since, reasons, approvedBy = '-' }) => {
        const why = [...new Set(reasons.map(({ signal }) => signal))].join(', ');
        return [
          provider,
          model,
          learning ? `${state} (learning)` : state,
          since,
          why === '' ? '-' : why,
          approvedBy,
        ].map(cell);
      });
      return terminal.out(wordTable(titles, rows));
    },
  });
}

interface Named {
  readonly provider: string;
  readonly model: string;
}

function show(named: Named, flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withClient<ShownTimeline>(flags, terminal, {
    ask: (client) => client.get(`/identity?${new URLSearchParams({ ...named })}`),
    tell: (shown) => terminal.out(described(shown)),
  });
}

function described({ identity, timeline }: ShownTimeline): string {
  const { provider, model, state, since, reference, reasons, approvedBy, approvedAt, answers, lastAt } = identity;
  const facts = [
    ['provider', provider],
    ['model', model],
    ['state', `${state} since ${since}`],
    ['approved', approvedBy === undefined ? 'by nobody' : `by ${approvedBy}, ${approvedAt}`],
    ['says it is', named(reference.models)],
    ['fingerprints', named(reference.fingerprints)],
    ['served by', named(reference.backends)],
    ['digests', named(reference.digests)],
    ['answers', `${answers} since the start${lastAt === undefined ? '' : `, the last ${lastAt}`}`],
  ] as const;
  const lines = facts.map(([name, text]) => `${name.padEnd(12)}  ${oneLine(text)}`);
  const steps = timeline.map(({ at, step, reasons: then, by, reason = '' }) => {
    const who = by === undefined ? '' : ` by ${by.id}${reason === '' ? '' : `: ${reason}`}`;
    const why = then.at(-1);
    return `  ${at}  ${step}${who}${by === undefined && why !== undefined ? `: ${whyLine(why)}` : ''}`;
  });
  return [
    ...lines,
    ...titled(
      'why',
      reasons.map((reason) => `  ${reason.from}  ${whyLine(reason)}  ${reason.exchanges.join(' ')}`),
    ),
    ...titled('timeline', steps),
    '',
  ].join('\n');
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map(oneLine)];
}

function whyLine({ signal, name, before, after }: Reason): string {
  if (name !== undefined) return `${signal} is \`${name}\``;
  return before === undefined || after === undefined
    ? signal
    : `${signal} went from ${before.toPrecision(3)} to ${after.toPrecision(3)}`;
}

function named(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(' ');
}

async function approve(named: Named, flags: ApproveFlags, terminal: Terminal): Promise<number> {
  const { reason = '' } = flags;
  if (reason.length > REASON_MAX_CHARS)
    return misuse(`a reason has ${REASON_MAX_CHARS} characters at most`, flags, terminal);
  return withClient<ShownIdentity>(flags, terminal, {
    ask: (client) => client.post('/identity', { ...named, reason, via: 'terminal' }),
    tell: ({ provider, model, state }) =>
      terminal.err(
        `approved: \`${oneLine(model)}\` of \`${oneLine(provider)}\` is taken for what it is now (${state})\n`,
      ),
  });
}
