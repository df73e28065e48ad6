import {
  type Config,
  type ImpactReport,
  impactHtml,
  impactReport,
  type ReportPeriod,
  type VendorReport,
  vendorHtml,
  vendorReport,
} from '@sallyport/runtime';
import type { Command } from 'commander';
import { adminClient } from '../admin-client.ts';
import { type Cli, type ConfigFlags, configOr, misuse, withStore } from '../command.ts';
import { tellAnswer } from '../gateway-command.ts';
import { NOT_WRITTEN, OUT_FLAG, writeReport } from '../report-file.ts';
import { NO_PERIOD, type PeriodFlags, reportPeriod, withPeriod } from '../report-period.ts';
import { describeImpact, describeVendors } from '../report-text.ts';
import type { Terminal } from '../terminal.ts';

interface ReportFlags extends ConfigFlags, PeriodFlags {
  readonly out?: string;
  readonly fromGateway?: boolean;
}

/** One kind of report: how it is made, shown and told. */
interface ReportKind<Report> {
  readonly name: string;
  readonly make: (data: string, period: ReportPeriod) => Promise<Report>;
  readonly html: (report: Report) => string;
  readonly tell: (report: Report) => string;
}

const VENDORS: ReportKind<VendorReport> = {
  name: 'vendors',
  make: (data, period) => vendorReport(data, { period }),
  html: vendorHtml,
  tell: describeVendors,
};

const IMPACT: ReportKind<ImpactReport> = {
  name: 'impact',
  make: (data, period) => impactReport(data, { period }),
  html: impactHtml,
  tell: describeImpact,
};

export function addReportCommand({ program, terminal, run }: Cli): void {
  const report = program.command('report').description('what the audit log says of a period, as a page or as JSON');
  withReport(
    report
      .command('vendors')
      .description('per provider and model: availability, times, refusals, guardrails, drift, identity, rules, cost'),
  ).action(run((flags: ReportFlags) => show(VENDORS, flags, terminal)));
  withReport(
    report
      .command('impact')
      .description('attacks stopped, exposures prevented, times to detect and respond, people, coverage, overhead'),
  ).action(run((flags: ReportFlags) => show(IMPACT, flags, terminal)));
}

function withReport(command: Command): Command {
  return withStore(
    withPeriod(command, '30d')
      .option(...OUT_FLAG)
      .option('--from-gateway', 'ask the gateway that runs instead of reading the data folder'),
  )
    .option('--admin-host <host>', 'address of the admin API (default: 127.0.0.1)')
    .option('--admin-port <port>', 'port of the admin API (default: 8788)');
}

async function show<Report>(kind: ReportKind<Report>, flags: ReportFlags, terminal: Terminal): Promise<number> {
  const period = reportPeriod(flags, Date.now());
  if (period === undefined) return misuse(NO_PERIOD, flags, terminal);
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const made =
    flags.fromGateway === true
      ? await asked<Report>(config, { name: kind.name, period }, terminal)
      : { body: await kind.make(config.data, period) };
  if ('lacks' in made) return misuse(made.lacks, flags, terminal);
  const { out } = flags;
  if (out !== undefined && 'body' in made) {
    const { body } = made;
    if (!writeReport(out, { json: body, html: () => kind.html(body) }, terminal))
      return misuse(NOT_WRITTEN, flags, terminal);
  }
  return tellAnswer<Report>(made, (report) => terminal.out(kind.tell(report)), { flags, terminal });
}

async function asked<Report>(
  config: Config,
  { name, period: { from, to } }: { readonly name: string; readonly period: ReportPeriod },
  { env }: Pick<Terminal, 'env'>,
): Promise<{ readonly body: Report } | { readonly refused: string } | { readonly lacks: string }> {
  const client = adminClient(config, env);
  if ('lacks' in client) return client;
  const answer = await client.get(`/reports/${name}?from=${from}&to=${to}`);
  return 'refused' in answer ? answer : { body: answer.body as Report };
}
