import { deniedAs } from './contained-engine.ts';
import type { Containments } from './containment.ts';
import { about, decideRequest, type Judge, type RequestRuling, type Ruling, ruleAccess } from './decide.ts';
import type { AccessQuestion, Resource } from './decision.ts';
import type { DetectedRequest } from './detect.ts';
import type { Effect } from './vocabulary.ts';

export interface ChoiceParts {
  /** For the first of the providers. */
  readonly judge: Judge;
  /** Ids of those that may serve, in the route's order, at least one. */
  readonly providers: readonly string[];
  /** The model as a provider would serve it. */
  readonly resourceAt: (provider: string) => Resource;
  /** What access policy is asked first. */
  readonly enters: (resource: Resource) => AccessQuestion;
  readonly containments: Pick<Containments, 'version'> | undefined;
}

/** One provider, and what was ruled on the request for it so far. */
interface Option {
  readonly judge: Judge;
  access?: Ruling | undefined;
  request?: RequestRuling | undefined;
  /** What keeps the request from it. */
  against?: readonly Ruling[];
  /** It was judged when others had failed: its rulings stand in the last record of the exchange. */
  late?: true;
}

/**
 * The providers that may serve a request, each as policy sees it. The first that access and guard policies permit gets it;
 * later ones are judged only when it is their turn. One that policy forbids is passed over, and so is one for which more
 * would have to be redacted or withheld than was.
 */
export class ProviderChoice {
  private readonly enters: ChoiceParts['enters'];
  private readonly options: readonly Option[];
  private readonly containments: ChoiceParts['containments'];
  /** Of the containments under which it was let in. */
  private version: number | undefined;
  /** What ended the answer from outside. */
  private cut: Ruling | undefined;
  private current: Option;
  /** The request as it was judged, and the ruling by which it was changed: until an answer has begun. */
  private done: { readonly detected: DetectedRequest; readonly ruling: RequestRuling } | undefined;

  constructor({ judge, providers, resourceAt, enters, containments }: ChoiceParts) {
    const [, ...others] = providers;
    this.enters = enters;
    this.containments = containments;
    this.version = containments?.version;
    this.current = { judge };
    this.options = [
      this.current,
      ...others.map((provider) => ({ judge: { ...judge, resource: resourceAt(provider) } })),
    ];
  }

  /** For the provider that the request goes to, or would. */
  get judge(): Judge {
    return this.current.judge;
  }

  /** Whether there is nobody else to go on to. */
  get isOne(): boolean {
    return this.options.length === 1;
  }

  /** Providers that policy kept the request from, beside the one that all of it was ruled for. */
  get passedOver(): readonly string[] {
    return this.options.flatMap((option) =>
      option === this.current || option.against === undefined ? [] : (option.judge.resource.provider ?? []),
    );
  }

  /** Access to the first provider that policy permits; when it permits none, its word on the first. */
  enter(): Ruling {
    this.current = this.options.find((option) => this.mayEnter(option)) ?? this.current;
    return this.accessTo(this.current);
  }

  /** Whoever, or what, is isolated while an answer is under way gets no further. Cost: a comparison, while nothing begins or ends. */
  isolated(): Ruling | undefined {
    const version = this.containments?.version;
    if (version === this.version) return undefined;
    this.version = version;
    const { judge } = this.current;
    const ruling = ruleAccess(judge, this.enters(judge.resource));
    if (deniedAs(ruling.decision) === 'ISOLATED') this.cut = ruling;
    return this.cut;
  }

  /** The ruling for the first provider for which nothing stops the request; when all would, that for the first it may enter. */
  decide(detected: DetectedRequest): RequestRuling {
    const entered = this.current;
    let stopped: RequestRuling | undefined;
    for (const option of this.options.slice(this.options.indexOf(entered))) {
      const ruling = this.judged(option, detected);
      if (ruling !== undefined && option.against === undefined) {
        this.current = option;
        this.done = { detected, ruling };
        return ruling;
      }
      stopped ??= ruling;
    }
    return stopped ?? decideRequest(detected, entered.judge);
  }

  /** Rulings at the door: access to the provider that it goes to, and what keeps it from others. */
  get atDoor(): readonly Ruling[] {
    const others = this.options.filter((option) => option !== this.current);
    return [this.accessTo(this.current), ...others.flatMap(toldOf)];
  }

  /** Rulings for providers whose turn came when others had failed, and the one that ended the answer from outside. */
  get late(): readonly Ruling[] {
    const turned = this.options.filter(({ late }) => late === true);
    const rulings = turned.flatMap((option) => (option === this.current ? rulingsOf(option) : toldOf(option)));
    return this.cut === undefined ? rulings : [...rulings, this.cut];
  }

  /** Of a provider that was turned to late, or of what ended the answer from outside. */
  get lateEffect(): Effect {
    if (this.cut !== undefined) return this.cut.effect;
    return (this.current.late === true ? this.current.request?.effect : undefined) ?? 'allow';
  }

  /** Whether the request, as it was changed for the provider that it went to first, may go to this one. */
  mayServe(provider: string): boolean {
    const option = this.optionOf(provider);
    if (option === undefined || this.done === undefined) return false;
    if (option !== this.current && option.access === undefined) this.judgeLate(option, this.done);
    return option.against === undefined;
  }

  /** It goes to this provider now. */
  goTo(provider: string): void {
    this.current = this.optionOf(provider) ?? this.current;
  }

  /** An answer has begun, so nobody else will be asked: what was kept for that is let go. */
  settle(): void {
    this.done = undefined;
    for (const option of this.options) {
      if (option.late === true) continue;
      option.access = undefined;
      option.request = undefined;
    }
  }

  private judgeLate(option: Option, { detected, ruling }: NonNullable<ProviderChoice['done']>): void {
    option.late = true;
    const own = this.judged(option, detected);
    if (own !== undefined && option.against === undefined && !covers(ruling, own)) option.against = own.rulings;
  }

  private judged(option: Option, detected: DetectedRequest): RequestRuling | undefined {
    if (!this.mayEnter(option)) return undefined;
    const ruling = decideRequest(detected, option.judge);
    option.request = ruling;
    if (ruling.stopped !== undefined) option.against = [ruling.stopped];
    return ruling;
  }

  private mayEnter(option: Option): boolean {
    const access = this.accessTo(option);
    if (access.decision.verdict === 'allow') return true;
    option.against = [access];
    return false;
  }

  private accessTo(option: Option): Ruling {
    option.access ??= ruleAccess(option.judge, this.enters(option.judge.resource));
    return option.access;
  }

  private optionOf(provider: string): Option | undefined {
    return this.options.find(({ judge }) => judge.resource.provider === provider);
  }
}

function rulingsOf({ access, request }: Option): readonly Ruling[] {
  return [...(access === undefined ? [] : [access]), ...(request?.rulings ?? [])];
}

/** What a record says of a provider that is not the one of its scene: why the request didn't go there, or that it could. */
function toldOf(option: Option): readonly Ruling[] {
  return (option.against ?? rulingsOf(option)).map((ruling) => about(option.judge.resource, ruling));
}

/** Whether all that one ruling changes was changed by the other. */
function covers(done: RequestRuling, wanted: RequestRuling): boolean {
  const places = new Set(done.redactions.map((redaction) => JSON.stringify(redaction.places)));
  const isWithheld = ({ slice }: { readonly slice: number }) => done.withheld.has(slice);
  return (
    [...wanted.withheld].every((slice) => done.withheld.has(slice)) &&
    [...wanted.spotlit].every((slice) => done.spotlit.has(slice)) &&
    wanted.redactions.every((one) => places.has(JSON.stringify(one.places)) || one.places.every(isWithheld))
  );
}
