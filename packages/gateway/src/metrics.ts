import type { AuditRecord, ClosedRecord, DecidedRecord, ReceiptLine, RecordedDecision } from '@sallyport/core';
import { BoundedCache, effectOf, NO_NAME } from '@sallyport/core';
import type { AlertStatus, MetricFamily, TelemetryStatus, WatchStatus, WitnessStatus } from '@sallyport/runtime';
import { MICROS } from '@sallyport/runtime';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { registerAlertGauges } from './alert-gauges.ts';
import { DriftScore } from './drift-score.ts';
import { registerSinkGauges } from './sink-gauges.ts';
import { Tally } from './tally.ts';

export interface MeterParts {
  /** Model names that may stand in labels; every other one is `other`. */
  readonly models: ReadonlySet<string>;
  readonly postureOf: (detector: string) => string;
  /** Seconds since the last signed tree head. */
  readonly headAgeSeconds: () => number;
  /** Leaves that each witness vouches for. */
  readonly witnesses: () => readonly Pick<WitnessStatus, 'witness' | 'size'>[];
  /** How monitoring itself does. */
  readonly watch: () => WatchStatus;
  readonly alerts: () => AlertStatus;
  /** How the sinks of telemetry do. */
  readonly telemetry: () => TelemetryStatus;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Distinct tool names in labels; further ones are `other`, since a client chooses them. */
export const TOOL_LABELS_MAX = 100;

/** Exchanges under way whose labels are remembered; beyond, the oldest are counted without. */
const OPENED_MAX = 50_000;

interface OpenedLabels {
  readonly route: string;
  readonly provider: string;
  readonly model: string;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Prometheus metrics: a projection of the records, so that they cannot disagree with the log. No label holds a person or a prompt. */
export class Meter {
  private readonly registry = new Registry();
  private readonly parts: MeterParts;
  private readonly drift: DriftScore;
  private readonly tools = new Set<string>();
  private readonly exchanges = this.counter('exchanges_total', 'exchanges by how they ended', ['route', 'outcome']);
  private readonly rejections = this.counter('rejections_total', 'requests turned away', ['code']);
  private readonly decisions = this.counter('decisions_total', 'decisions taken', [
    'checkpoint',
    'effect',
    'policy',
    'mode',
  ]);
  private readonly findings = this.counter('findings_total', 'findings', ['detector', 'category']);
  private readonly failures = this.counter('detector_failures_total', 'checks that were not made', [
    'detector',
    'posture',
  ]);
  private readonly personal = this.counter('pii_entities_total', 'personal data seen', ['type', 'direction']);
  private readonly calls = this.counter('tool_calls_total', 'tool calls decided', ['server', 'tool', 'effect']);
  private readonly approvals = this.counter('approvals_total', 'steps of approvals by humans', ['step']);
  private readonly toolSteps = this.counter('tool_steps_total', 'tools that operators accepted or forgot', ['step']);
  private readonly retentions = this.counter('audit_retention_steps_total', 'terms of keeping set, and archivings', [
    'step',
  ]);
  private readonly unwitnessed = this.counter(
    'audit_witness_failures_total',
    'heads that a witness was asked to sign and did not',
    ['witness', 'standing'],
  );
  private readonly captured = this.counter('captured_total', 'parts of exchanges that were put under lock', [
    'part',
    'outcome',
  ]);
  private readonly contentSteps = this.counter('content_steps_total', 'steps of operators with content under lock', [
    'step',
    'effect',
  ]);
  private readonly grantSteps = this.counter('grant_steps_total', 'grants given, taken back or expired', ['step']);
  private readonly alertSteps = this.counter('alert_steps_total', 'steps of alerts', ['rule', 'severity', 'step']);
  private readonly containmentSteps = this.counter(
    'containment_steps_total',
    'what was isolated, stepped up or throttled for a time, and let go',
    ['action', 'step'],
  );
  private readonly authorizationSteps = this.counter(
    'authorization_steps_total',
    'authorizations at MCP servers that were given, got, refreshed, taken back or lost',
    ['server', 'step'],
  );
  private readonly adminCalls = this.counter('admin_calls_total', 'calls of the admin API that were recorded', [
    'action',
    'outcome',
  ]);
  private readonly moves = this.counter('signal_changes_total', 'signals that moved, by what monitoring said', [
    'signal',
    'scope',
  ]);
  private readonly tokens = this.counter('tokens_total', 'tokens that providers counted', [
    'provider',
    'model',
    'type',
  ]);
  private readonly cost = this.counter('cost_total', 'cost by the price table, in the currency', [
    'provider',
    'model',
    'currency',
  ]);
  private readonly limits = this.counter('budget_refusals_total', 'limits of budgets that were reached', [
    'limit',
    'unit',
    'mode',
  ]);
  private readonly restores = this.counter('restored_values_total', 'values put back for their principal', []);
  private readonly overhead = this.histogram(
    'gateway_overhead_seconds',
    'time from arrival to the call of the provider',
  );
  private readonly duration = this.histogram('exchange_duration_seconds', 'time of whole exchanges');
  private readonly hold = this.histogram('stream_hold_seconds', 'time that text of an answer was held');
  /** What `closed` does not say of its exchange. */
  private readonly opened = new BoundedCache<OpenedLabels>({ maxEntries: OPENED_MAX, maxWeight: OPENED_MAX });

  constructor(parts: MeterParts) {
    this.parts = parts;
    collectDefaultMetrics({ register: this.registry });
    this.drift = new DriftScore(this.registry, parts.nowMs);
    this.watched('series', 'series of signals that monitoring keeps', ({ series }) => series);
    this.watched('bytes', 'what its series take, by its own estimate', ({ bytes }) => bytes);
    this.watched(
      'dropped_records',
      'records that it could not keep up with, since the start',
      ({ dropped }) => dropped,
    );
    this.watched('failed_records', 'records on which it failed, since the start', ({ failed }) => failed);
    this.watched('watchers', 'who follows the stream of events', ({ watchers }) => watchers);
    registerSinkGauges(this.registry, parts.telemetry);
    registerAlertGauges(this.registry, parts.alerts);
    const age: Gauge = new Gauge({
      name: 'sallyport_audit_checkpoint_age_seconds',
      help: 'time since the last signed head of the log',
      registers: [this.registry],
      collect: () => {
        age.set(parts.headAgeSeconds());
      },
    });
    const witnessed: Gauge = new Gauge({
      name: 'sallyport_audit_witnessed_records',
      help: 'records of the log that a witness vouches for',
      labelNames: ['witness'],
      registers: [this.registry],
      collect: () => {
        for (const { witness, size } of parts.witnesses()) witnessed.set({ witness }, size);
      },
    });
  }

  /** A witness was asked, and did not sign. */
  witness({ witness, standing }: WitnessStatus): void {
    if (standing !== 'cosigned') this.unwitnessed.add([witness, standing]);
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  /** The same as data. */
  async families(): Promise<readonly MetricFamily[]> {
    const families = await this.registry.getMetricsAsJSON();
    // The library's own types say that it is a number.
    return families.map(({ name, help, type, values }) => ({ name, help, type: String(type), values }));
  }

  observe(record: AuditRecord): void {
    switch (record.kind) {
      case 'opened': {
        const { exchange, request, provider = '', decisions, receipt, fault } = record;
        if (fault !== undefined) this.rejections.add([fault]);
        this.opened.set(exchange, { route: request?.route ?? '', provider, model: this.modelLabel(request?.model) }, 1);
        this.count(decisions, 'input');
        this.countFailures(receipt.lines);
        return;
      }
      case 'decided':
        this.calls.add([serverOf(record), this.toolLabel(record.tool), record.effect]);
        this.count(record.decisions, 'output');
        return;
      case 'closed':
        this.close(record);
        return;
      case 'approval':
        this.approvals.add([record.step]);
        return;
      case 'tool':
        this.toolSteps.add([record.step]);
        return;
      case 'retention':
        this.retentions.add([record.step]);
        return;
      case 'captured':
        this.captured.add([record.part, record.failed === undefined ? 'kept' : 'failed']);
        return;
      case 'shred':
        if (record.again === undefined) this.contentSteps.add(['erased', 'allow']);
        return;
      case 'content':
        this.contentSteps.add([record.step, record.effect]);
        return;
      case 'grant':
        this.grantSteps.add([record.step]);
        return;
      case 'authorization':
        this.authorizationSteps.add([record.server, record.step]);
        return;
      case 'admin':
        this.adminCalls.add([record.action, record.outcome], 1 + (record.suppressed ?? 0));
        return;
      case 'signal':
        this.drift.note(record);
        this.moves.add([record.signal, record.scope]);
        // Of what was not recorded nobody knows what it was.
        if (record.suppressed !== undefined) this.moves.add([SUPPRESSED, SUPPRESSED], record.suppressed);
        return;
      case 'alert':
        this.alertSteps.add([record.rule, record.severity, record.step]);
        return;
      case 'containment':
        this.containmentSteps.add([record.containment.action, record.step]);
        return;
      case 'interrupted':
        this.exchanges.add(['', 'interrupted']);
        return;
    }
  }

  private close(record: ClosedRecord): void {
    const opened = this.opened.get(record.exchange);
    const { route, provider, model } = opened ?? { route: '', provider: '', model: 'other' };
    this.opened.delete(record.exchange);
    // One record of a flood stands for all that it says were left out.
    const requests = 1 + (record.suppressed ?? 0);
    this.exchanges.add([route, record.outcome], requests);
    if (opened === undefined && record.outcome === 'rejected') {
      this.rejections.add([record.fault ?? ''], requests);
    }
    this.count(record.decisions, 'output');
    this.countFailures(record.receipt.lines);
    if (record.restored > 0) this.restores.add([], record.restored);
    const { inputTokens, outputTokens } = record.answer.usage ?? {};
    const served = record.upstream?.provider ?? provider;
    if (inputTokens !== undefined) this.tokens.add([served, model, 'input'], Math.max(0, inputTokens));
    if (outputTokens !== undefined) this.tokens.add([served, model, 'output'], Math.max(0, outputTokens));
    const { cost, budgets = [] } = record;
    if (cost !== undefined) this.cost.add([served, model, cost.currency], cost.settled / MICROS);
    for (const { limit, unit, mode } of budgets) this.limits.add([limit, unit, mode]);
    this.duration.observe(record.ms.total / 1_000);
    if (record.ms.beforeUpstream !== undefined) this.overhead.observe(record.ms.beforeUpstream / 1_000);
    if (record.ms.held > 0) this.hold.observe(record.ms.held / 1_000);
  }

  private count(decisions: readonly RecordedDecision[], direction: 'input' | 'output'): void {
    for (const recorded of decisions) {
      const { decision } = recorded;
      const effect = effectOf(decision);
      const checkpoint = recorded.kind === 'access' ? `access:${recorded.question.action}` : recorded.question.point;
      for (const policy of decision.policies) this.decisions.add([checkpoint, effect, policy, 'enforce']);
      for (const policy of decision.monitored) this.decisions.add([checkpoint, effect, policy, 'monitor']);
      if (decision.policies.length === 0) this.decisions.add([checkpoint, effect, '', 'enforce']);
      if (recorded.kind === 'access') continue;
      for (const { detector, category, type } of recorded.question.context.findings) {
        this.findings.add([detector, category]);
        if (category === 'personal-data') this.personal.add([type, direction]);
      }
    }
  }

  private countFailures(lines: readonly ReceiptLine[]): void {
    for (const { detector, status, segments } of lines) {
      if (status === 'failed' || status === 'timed-out') {
        this.failures.add([detector, this.parts.postureOf(detector)], segments);
      }
    }
  }

  private modelLabel(model = ''): string {
    return this.parts.models.has(model) ? model : 'other';
  }

  private toolLabel(tool: string): string {
    if (this.tools.has(tool)) return tool;
    if (tool === NO_NAME) return 'other';
    if (this.tools.size >= TOOL_LABELS_MAX) return 'other';
    this.tools.add(tool);
    return tool;
  }

  private watched(name: string, help: string, read: (status: WatchStatus) => number): void {
    const gauge: Gauge = new Gauge({
      name: `sallyport_monitor_${name}`,
      help,
      registers: [this.registry],
      collect: () => gauge.set(read(this.parts.watch())),
    });
  }

  private counter(name: string, help: string, labelNames: readonly string[]): Tally {
    return new Tally(this.registry, { name, help, labelNames });
  }

  private histogram(name: string, help: string): Histogram {
    return new Histogram({ name: `sallyport_${name}`, help, buckets: SECONDS, registers: [this.registry] });
  }
}

/** In the place of what stands in no record. */
const SUPPRESSED = 'suppressed';
const MCP_ROUTE = 'mcp/';

/** The MCP server whose tool it is; empty for tools that the client runs itself. */
function serverOf({ request }: DecidedRecord): string {
  const { protocol, route = '' } = request ?? {};
  return protocol === 'mcp' && route.startsWith(MCP_ROUTE) ? route.slice(MCP_ROUTE.length) : '';
}
