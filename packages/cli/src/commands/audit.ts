import { resolve } from 'node:path';
import { type AuditRecord, type Effect, RECORD_KINDS, strongestOf } from '@sallyport/core';
import type { RecordedExchange } from '@sallyport/runtime';
import { Option } from 'commander';
import { withTrail } from '../audit-command.ts';
import { type Cli, type ConfigFlags, misuse, printJson, withStore } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { wholeNumber } from '../numbers.ts';
import { Progress } from '../progress.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { listAdminCalls } from './audit-admin.ts';
import { addProofCommands } from './audit-proofs.ts';
import { addVerifyCommands } from './audit-verify.ts';
import { addWitnessCommand } from './audit-witness.ts';

interface ListFlags extends ConfigFlags {
  readonly limit: number;
  readonly before?: number;
  readonly admin?: boolean;
}

interface ExportFlags extends ConfigFlags {
  readonly from?: number;
  readonly to?: number;
  readonly exchange?: string;
  readonly kind?: AuditRecord['kind'];
  readonly tiles?: string;
}

export function addAuditCommand(cli: Cli): void {
  const { program, terminal, run } = cli;
  const audit = program.command('audit').description('the audit log: what passed, what was decided, and proof of it');
  withStore(audit.command('list').description('the newest exchanges'))
    .option('--limit <n>', 'how many, 1 to 1000', wholeNumber, 50)
    .option('--before <index>', 'exchanges that began before this index of the log', wholeNumber)
    .option('--admin', 'what operators did instead, where no other kind of record tells of it')
    .action(
      run((flags: ListFlags) => (flags.admin === true ? listAdminCalls(flags, terminal) : list(flags, terminal))),
    );
  withStore(
    audit
      .command('show')
      .description('all records of one exchange')
      .argument('<exchange>', 'its id, as `x-sallyport-exchange` gives it'),
  ).action(run((exchange: string, flags: ConfigFlags) => show(exchange, flags, terminal)));
  addVerifyCommands(audit, cli);
  withStore(audit.command('export').description('print records as they are stored: one JSON record a line'))
    .option('--from <index>', 'first index', wholeNumber)
    .option('--to <index>', 'index after the last', wholeNumber)
    .option('--exchange <id>', 'records of one exchange')
    .addOption(new Option('--kind <kind>', 'records of one kind').choices(RECORD_KINDS))
    .option(
      '--tiles <folder>',
      'write the log up to its last head as C2SP tiles into this folder instead, or go on there',
    )
    .action(
      run((flags: ExportFlags) =>
        flags.tiles === undefined ? exportRecords(flags, terminal) : exportTiles(flags.tiles, flags, terminal),
      ),
    );
  addProofCommands(audit, cli);
  addWitnessCommand(audit, cli);
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
    await terminal.out(wordTable(titles, rows));
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

function exportTiles(folder: string, flags: ExportFlags, terminal: Terminal): Promise<number> {
  const { from, to, exchange, kind } = flags;
  if ([from, to, exchange, kind].some((filter) => filter !== undefined)) {
    return misuse('--tiles writes the whole log: no filter goes with it', flags, terminal);
  }
  return withTrail(flags, terminal, async (trail) => {
    const progress = new Progress(terminal, 'export', { total: trail.size });
    const { head, files } = await trail.exportTiles(resolve(terminal.cwd, folder), (leaves) => progress.reach(leaves));
    progress.clear();
    const leaves = head?.size ?? 0;
    if (flags.json === true) await printJson(terminal, { leaves, files });
    else await terminal.out(`${leaves} leaves are in ${folder}; ${files} files were written\n`);
    return EXIT.ok;
  });
}
