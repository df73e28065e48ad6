import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AuditRecord, type Effect, strongestOf, type TreeHead } from '@sallyport/core';
import { type AuditTrail, type LogReport, openAuditTrail, type RecordedExchange } from '@sallyport/runtime';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type Cli,
  CONFIG_FLAG,
  type ConfigFlags,
  configOr,
  DATA_FLAG,
  JSON_FLAG,
  misuse,
  printJson,
} from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { Progress } from '../progress.ts';
import { textTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const KINDS = [
  'opened',
  'decided',
  'closed',
  'interrupted',
  'approval',
  'tool',
  'captured',
  'shred',
  'content',
] as const satisfies readonly AuditRecord['kind'][];

interface ListFlags extends ConfigFlags {
  readonly limit: number;
  readonly before?: number;
}

interface VerifyFlags extends ConfigFlags {
  readonly publicKey?: string;
  readonly head?: string;
}

interface ExportFlags extends ConfigFlags {
  readonly from?: number;
  readonly to?: number;
  readonly exchange?: string;
  readonly kind?: AuditRecord['kind'];
}

export function addAuditCommand({ program, terminal, run }: Cli): void {
  const audit = program.command('audit').description('the audit log: what passed, what was decided, and proof of it');
  withStore(audit.command('list').description('the newest exchanges'))
    .option('--limit <n>', 'how many, 1 to 1000', wholeNumber, 50)
    .option('--before <index>', 'exchanges that began before this index of the log', wholeNumber)
    .action(run((flags: ListFlags) => list(flags, terminal)));
  withStore(
    audit
      .command('show')
      .description('all records of one exchange')
      .argument('<exchange>', 'its id, as `x-sallyport-exchange` gives it'),
  ).action(run((exchange: string, flags: ConfigFlags) => show(exchange, flags, terminal)));
  withStore(
    audit
      .command('verify')
      .description('recompute the whole log; exit code 1 when a leaf was edited, removed or moved'),
  )
    .option('--public-key <file>', "PEM file with the log's public key, kept elsewhere (default: the data folder's)")
    .option(
      '--head <file>',
      'JSON file with a signed head, or a list of them, kept elsewhere: the log must still hold what they cover',
    )
    .action(run((flags: VerifyFlags) => verify(flags, terminal)));
  withStore(audit.command('export').description('print records as they are stored: one JSON record a line'))
    .option('--from <index>', 'first index', wholeNumber)
    .option('--to <index>', 'index after the last', wholeNumber)
    .option('--exchange <id>', 'records of one exchange')
    .addOption(new Option('--kind <kind>', 'records of one kind').choices(KINDS))
    .action(run((flags: ExportFlags) => exportRecords(flags, terminal)));
}

function withStore(command: Command): Command {
  return command
    .option(...DATA_FLAG)
    .option(...CONFIG_FLAG)
    .option(...JSON_FLAG);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

async function withTrail(
  flags: ConfigFlags,
  terminal: Terminal,
  body: (trail: AuditTrail) => Promise<number>,
): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const trail = openAuditTrail(config.data);
  try {
    return await body(trail);
  } finally {
    await trail.close();
  }
}

function list(flags: ListFlags, terminal: Terminal): Promise<number> {
  return withTrail(flags, terminal, async (trail) => {
    const { limit, before } = flags;
    const page = trail.list({ limit, ...(before === undefined ? {} : { before }) });
    const exchanges = page.exchanges.map(summary);
    if (flags.json === true) {
      await printJson(terminal, { exchanges, ...(page.before === undefined ? {} : { before: page.before }) });
      return EXIT.ok;
    }
    const titles = ['exchange', 'at', 'principal', 'model', 'effect', 'outcome', 'status'];
    const rows = exchanges.map(({ exchange, at, principal, model, effect, outcome, status }) => [
      exchange,
      at,
      principal ?? '-',
      model ?? '-',
      effect,
      outcome,
      status === undefined ? '-' : String(status),
    ]);
    await terminal.out(
      textTable(
        titles.map((title) => ({ title, align: 'left' })),
        rows,
      ),
    );
    if (page.before !== undefined) terminal.err(`more: --before ${page.before}\n`);
    return EXIT.ok;
  });
}

interface ExchangeSummary {
  readonly exchange: string;
  readonly index: number;
  readonly at: string;
  readonly principal?: string;
  readonly model?: string;
  readonly effect: Effect;
  /** `open` while it is under way. */
  readonly outcome: string;
  readonly status?: number;
  readonly records: number;
}

function summary({ exchange, index, records }: RecordedExchange): ExchangeSummary {
  const effects: Effect[] = [];
  let outcome = 'open';
  let about: { principal?: string; model?: string; status?: number } = {};
  for (const record of records) {
    if (record.kind === 'interrupted') {
      outcome = 'interrupted';
      continue;
    }
    if (record.kind !== 'opened' && record.kind !== 'decided' && record.kind !== 'closed') continue;
    effects.push(record.effect);
    if (record.kind === 'opened') {
      const { principal, request } = record;
      about = { ...about, ...(principal && { principal: principal.id }), ...(request && { model: request.model }) };
    } else if (record.kind === 'closed') {
      outcome = record.outcome;
      about = { ...about, status: record.status };
    }
  }
  return {
    exchange,
    index,
    at: records[0]?.at ?? '',
    ...about,
    effect: strongestOf(effects),
    outcome,
    records: records.length,
  };
}

function show(exchange: string, flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withTrail(flags, terminal, async (trail) => {
    const records = [...trail.records({ exchange })];
    if (records.length === 0) terminal.err(`error: no exchange \`${exchange}\` is in the log\n`);
    if (flags.json === true) await printJson(terminal, { exchange, records });
    else
      for (const { index, record } of records) await terminal.out(`${index} ${JSON.stringify(record, undefined, 2)}\n`);
    return records.length === 0 ? EXIT.negative : EXIT.ok;
  });
}

async function verify(flags: VerifyFlags, terminal: Terminal): Promise<number> {
  const known = flags.head === undefined ? [] : readHeads(resolve(terminal.cwd, flags.head));
  if (known === undefined) return misuse('--head names no JSON file with signed heads', flags, terminal);
  const publicKeyFile = flags.publicKey === undefined ? undefined : resolve(terminal.cwd, flags.publicKey);
  return withTrail(flags, terminal, async (trail) => {
    const progress = new Progress(terminal, 'verify', { total: trail.size });
    let seen = 0;
    const report = await trail.verify({
      publicKeyFile,
      known,
      onProgress: (leaves) => {
        progress.add(leaves - seen);
        seen = leaves;
      },
    });
    progress.clear();
    if (flags.json === true) await printJson(terminal, report);
    else await terminal.out(describeReport(report));
    return report.ok ? EXIT.ok : EXIT.negative;
  });
}

function readHeads(file: string): readonly TreeHead[] | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const heads: readonly unknown[] = Array.isArray(value) ? value : [value];
    return heads.every(isHead) ? heads : undefined;
  } catch {
    return undefined;
  }
}

function isHead(value: unknown): value is TreeHead {
  if (typeof value !== 'object' || value === null) return false;
  const { size, root, at, origin, signature } = value as Record<string, unknown>;
  return Number.isSafeInteger(size) && [root, at, origin, signature].every((field) => typeof field === 'string');
}

function describeReport({ ok, leaves, heads, unsealed, problems, problemsTotal, head }: LogReport): string {
  const lines = [
    ok ? 'the log is whole' : `the log is NOT whole: ${problemsTotal} ${problemsTotal === 1 ? 'problem' : 'problems'}`,
  ];
  for (const { kind, ...where } of problems) {
    lines.push(
      `  ${kind} ${Object.entries(where)
        .map(([name, value]) => `${name} ${value}`)
        .join(' ')}`,
    );
  }
  lines.push(`leaves ${leaves}, of them not sealed yet ${unsealed}; signed heads ${heads}`);
  if (head !== undefined) lines.push(`last good head: ${JSON.stringify(head)}`);
  return `${lines.join('\n')}\n`;
}

function exportRecords(flags: ExportFlags, terminal: Terminal): Promise<number> {
  return withTrail(flags, terminal, async (trail) => {
    const { from, to, exchange, kind } = flags;
    const filter = {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(exchange === undefined ? {} : { exchange }),
      ...(kind === undefined ? {} : { kind }),
    };
    for (const line of trail.lines(filter)) await terminal.out(`${line}\n`);
    return EXIT.ok;
  });
}
