import type {
  AuditRecord,
  CanaryRecord,
  ClosedRecord,
  IdentityRecord,
  OpenedRecord,
  ProviderRegistration,
} from '@sallyport/core';
import { OTHER } from '../../sketch/counted-names.ts';
import { OpenExchanges } from '../open-exchanges.ts';
import { ReportBins, type ReportPeriod } from '../report-bins.ts';
import type { ReportSource } from '../report-source.ts';
import { fateOf } from './fate.ts';
import { VendorModel, type VendorTraffic } from './vendor-model.ts';
import {
  identityOf,
  modelRulings,
  RuleCounts,
  type SeenRegistration,
  type VendorIdentity,
  type VendorRules,
} from './vendor-rules.ts';
import { type VendorEvent, VendorTimeline } from './vendor-timeline.ts';

/** Models of providers that were called and are told apart; further ones are counted together. */
export const VENDOR_MODELS_MAX = 500;
/** Of names that were only asked for: clients make them up. */
export const VENDOR_NAMES_MAX = 100;
/** Of those that came first, a trend is kept. */
export const VENDOR_TRENDS_MAX = 64;

/** Rounds of canaries, and what they took. */
export interface VendorCanaries {
  readonly asked: number;
  /** Failed, or beyond their budget. */
  readonly failed: number;
  readonly tokens: number;
}

/** One model of one provider. */
export interface VendorEntry {
  readonly provider: string;
  readonly model: string;
  readonly traffic: VendorTraffic;
  /** As the newest record has it. `unregistered`: nothing stands in the registry; absent: no record says. */
  readonly registration?: ProviderRegistration | 'unregistered';
  readonly identity?: VendorIdentity;
  readonly rules: VendorRules;
  readonly canaries: VendorCanaries;
}

/** What `sallyport report vendors` says: a projection of the log, without anything of what was asked or answered. */
export interface VendorReport extends ReportSource {
  readonly v: 1;
  readonly report: 'vendors';
  readonly exchanges: {
    readonly counted: number;
    /** Of drills: nobody meant them. */
    readonly drills: number;
    /** Whose beginning is not known: what was found in their requests is in no agreement. */
    readonly unjoined: number;
    /** Records that lost list entries to fit a leaf: some of what they said is in no figure. */
    readonly shortened: number;
  };
  readonly models: readonly VendorEntry[];
  readonly timeline: {
    readonly events: readonly VendorEvent[];
    readonly left: number;
    readonly suppressed: number;
  };
}

interface Kept {
  readonly provider: string;
  readonly model: string;
  readonly traffic: VendorModel;
  readonly rules: RuleCounts;
  readonly canaries: { asked: number; failed: number; tokens: number };
  identity: VendorIdentity | undefined;
  /** The provider did something under this name, beyond saying that it knows none such. */
  isCalled: boolean;
}

const OTHER_KEY = keyOf(OTHER, OTHER);

/**
 * Makes the report on vendors of the records of a log, which it takes in order, those before the period too: they say how things stood when it
 * began. Bounded memory, some 20 MiB at most; 6 us a record beside reading it, see `benchmarks/reports`.
 */
export class VendorFigures {
  readonly #bins: ReportBins;
  readonly #open = new OpenExchanges();
  readonly #kept = new Map<string, Kept>();
  readonly #registrations = new Map<string, SeenRegistration>();
  readonly #timeline = new VendorTimeline();
  #calledNames = 0;
  #counted = 0;
  #drills = 0;
  #unjoined = 0;
  #shortened = 0;

  constructor(period: ReportPeriod) {
    this.#bins = new ReportBins(period);
  }

  take(record: AuditRecord): void {
    const atMs = Date.parse(record.at);
    if (atMs >= this.#bins.toMs) return;
    const inPeriod = this.#bins.holds(atMs);
    if ('drill' in record && record.drill !== undefined) {
      if (inPeriod && record.kind === 'closed') this.#drills += 1;
      return;
    }
    if (inPeriod && record.shortened !== undefined) this.#shortened += 1;
    switch (record.kind) {
      case 'opened':
        this.#open.begin(record);
        this.#asked(record, inPeriod);
        break;
      case 'closed':
        this.#asked(record, inPeriod);
        this.#ended(record, inPeriod ? this.#bins.at(atMs) : undefined);
        break;
      case 'identity':
        if (inPeriod) this.#timeline.stepped(record);
        this.#identified(record);
        break;
      case 'signal':
        if (inPeriod) this.#timeline.moved(record);
        break;
      case 'canary':
        if (inPeriod) this.#canary(record);
        break;
    }
  }

  report(source: ReportSource): VendorReport {
    const { startsMs } = this.#bins;
    const models = Array.from(this.#kept.values(), ({ provider, model, traffic, rules, canaries, identity }) => {
      const registration = this.#registrations.get(provider);
      return {
        provider,
        model,
        traffic: traffic.report(startsMs),
        ...(registration !== undefined && { registration }),
        ...(identity !== undefined && { identity }),
        rules: rules.report(registration, identity),
        canaries: { ...canaries },
      };
    });
    return {
      v: 1,
      report: 'vendors',
      ...source,
      exchanges: {
        counted: this.#counted,
        drills: this.#drills,
        unjoined: this.#unjoined,
        shortened: this.#shortened,
      },
      models: models.filter(isSeen).sort((a, b) => b.traffic.called - a.traffic.called || order(a, b)),
      timeline: this.#timeline.report(),
    };
  }

  /** What policies said of models, and what stood in the registry then. */
  #asked(record: OpenedRecord | ClosedRecord, inPeriod: boolean): void {
    for (const { resource, recorded } of modelRulings(record)) {
      const { provider = '', registration } = resource;
      if (this.#registrations.has(provider) || this.#registrations.size < VENDOR_MODELS_MAX)
        this.#registrations.set(provider, registration ?? 'unregistered');
      if (inPeriod) this.#named(provider, resource.id).rules.take(recorded);
    }
  }

  #ended(record: ClosedRecord, bin: number | undefined): void {
    const begun = this.#open.end(record);
    const { resource, upstream } = record;
    if (bin === undefined || resource?.kind !== 'model') return;
    if (upstream === undefined) {
      if (begun !== undefined && resource.provider !== undefined)
        this.#named(resource.provider, resource.id).traffic.stopped();
      return;
    }
    this.#counted += 1;
    if (begun === undefined) this.#unjoined += 1;
    const isKnown = fateOf(record) !== 'refused-request';
    const kept = isKnown ? this.#called(upstream.provider, resource.id) : this.#named(upstream.provider, resource.id);
    kept.traffic.take(record, begun, bin);
  }

  #identified(record: IdentityRecord): void {
    const kept = this.#called(record.provider, record.model);
    // Those that are counted together have no identity together.
    if (kept.model === record.model) kept.identity = identityOf(record);
  }

  #canary({ provider, model, step, tokens }: CanaryRecord): void {
    const { canaries } = this.#called(provider, model);
    canaries.tokens += tokens;
    if (step === 'asked') canaries.asked += 1;
    else if (step !== 'calibrated') canaries.failed += 1;
  }

  /** One that a provider did something for. */
  #called(provider: string, model: string): Kept {
    const known = this.#kept.get(keyOf(provider, model));
    if (known?.isCalled === true) return known;
    if (this.#calledNames >= VENDOR_MODELS_MAX) return known ?? this.#other();
    const kept = known ?? this.#keep(provider, model);
    kept.isCalled = true;
    if (this.#calledNames < VENDOR_TRENDS_MAX) kept.traffic.keepTrend(this.#bins.count);
    this.#calledNames += 1;
    return kept;
  }

  /** One that was only asked for, as far as is known. */
  #named(provider: string, model: string): Kept {
    const known = this.#kept.get(keyOf(provider, model));
    if (known !== undefined) return known;
    const named = this.#kept.size - this.#calledNames - (this.#kept.has(OTHER_KEY) ? 1 : 0);
    return named < VENDOR_NAMES_MAX ? this.#keep(provider, model) : this.#other();
  }

  #other(): Kept {
    return this.#kept.get(OTHER_KEY) ?? this.#keep(OTHER, OTHER);
  }

  #keep(provider: string, model: string): Kept {
    const kept: Kept = {
      provider,
      model,
      traffic: new VendorModel(),
      rules: new RuleCounts(),
      canaries: { asked: 0, failed: 0, tokens: 0 },
      identity: undefined,
      isCalled: false,
    };
    this.#kept.set(keyOf(provider, model), kept);
    return kept;
  }
}

function keyOf(provider: string, model: string): string {
  return `${provider}\n${model}`;
}

/** Whether anything of the period tells of it: one that was known before and not used is none of its business. */
function isSeen({ traffic, rules, canaries }: VendorEntry): boolean {
  return traffic.called + traffic.notSent + rules.permitted + rules.forbidden + canaries.asked + canaries.failed > 0;
}

function order(a: VendorEntry, b: VendorEntry): number {
  return `${a.provider} ${a.model}` < `${b.provider} ${b.model}` ? -1 : 1;
}
