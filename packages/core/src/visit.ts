import type { AnswerGuard } from './answer-guard.ts';
import { answerMarks } from './answer-headers.ts';
import type { AnswerParts, DecidedCall } from './answer-parts.ts';
import type { BudgetRefusal } from './budgets.ts';
import { tellOf } from './call-links.ts';
import { ClientAnswer } from './client-answer.ts';
import { compareResults } from './compare-results.ts';
import { consultJudge, judgeCalls } from './consult-judge.ts';
import type { Continuation } from './continuation.ts';
import type { Ruling } from './decide.ts';
import type { PolicyEngine } from './decision.ts';
import type { DetectedRequest } from './detect.ts';
import type { Inspector, RequestContext } from './detector.ts';
import type { EnforcedRequest, Enforcing } from './enforce.ts';
import { ERRORS, type ErrorCode, type Fault, isFault, knownError, SallyportError } from './errors.ts';
import { ExchangeBudget } from './exchange-budget.ts';
import { ExchangeCapture } from './exchange-capture.ts';
import { type ClosedMatter, ExchangeLog, type OpenedMatter } from './exchange-log.ts';
import { type Ending, ExchangeMemory } from './exchange-memory.ts';
import type { Arrival, Client, House } from './house.ts';
import { type Identified, identifyExchange, maySeePolicies } from './identify-exchange.ts';
import type { LateLabels } from './late-labels.ts';
import type { ModelJudge } from './model-judge.ts';
import { ownerOf } from './owner.ts';
import type { AnswerCodec, ParsedRequest, Refusal, Reply, WireEvent } from './protocol.ts';
import type { ProviderAnswer } from './provider.ts';
import type { ProviderChoice } from './provider-choice.ts';
import type { ExchangeOutcome, TriedUpstream } from './record.ts';
import { refusalMessage } from './refusal-message.ts';
import { restorePermits } from './restore-permits.ts';
import { ruleSources, type SourceRuling } from './rule-sources.ts';
import { Stop } from './stop-signal.ts';
import { vetTools } from './vet-tools.ts';

/** A request that may go to its provider: what its answer needs of it, which may take long. */
export interface Cleared {
  readonly choice: ProviderChoice;
  readonly context: RequestContext;
  readonly labels: LateLabels;
  readonly enforced: EnforcedRequest;
  readonly align: AnswerParts['align'];
}

/** HTTP status in the record of a client that went away; nothing is sent. */
const CLIENT_GONE = 499;

/** An exchange under way: its client, its provider, its records, and all ways in which it can end. */
export class Visit {
  readonly arrival: Arrival;
  readonly house: House;
  private readonly client: Client;
  private readonly toClient: ClientAnswer;
  private readonly log: ExchangeLog;
  private readonly capture: ExchangeCapture;
  private readonly engine: PolicyEngine;
  private readonly budget: ExchangeBudget;
  private readonly upstream = new Stop();
  private identified: Identified | undefined;
  private memory: ExchangeMemory | undefined;
  /** The provider that answered. */
  private served: string | undefined;

  constructor(arrival: Arrival, house: House, client: Client) {
    this.arrival = arrival;
    this.house = house;
    this.client = client;
    this.engine = house.policy();
    this.budget = new ExchangeBudget(this.isStubbed ? {} : house);
    this.log = new ExchangeLog(arrival, { house, policySet: this.engine.policySet, budget: this.budget });
    this.capture = new ExchangeCapture(arrival, house, this.engine);
    const whenOpened = () => this.whenOpened();
    this.toClient = new ClientAnswer({ arrival, house, client, whenOpened, marks: () => this.marks() });
    client.signal.addEventListener('abort', () => this.upstream.abort());
    if (client.signal.aborted) this.upstream.abort();
  }

  /** Works out who asks for what, and where it may lead. */
  identify(parsed: ParsedRequest): ProviderChoice | Fault {
    const { arrival, engine } = this;
    this.memory = new ExchangeMemory(arrival, this.house, parsed.facts);
    const identified = identifyExchange(parsed, { arrival, engine, house: this.house, continuation: this.continued });
    if (isFault(identified)) return identified;
    this.identified = identified;
    this.log.identify(identified);
    return identified.choice;
  }

  /** Reserves what the exchange may come to of its budgets. */
  reserve({ facts, body }: ParsedRequest): BudgetRefusal | undefined {
    const { resource } = this.known().choice.judge;
    return this.budget.reserve({
      principal: this.arrival.principal,
      route: this.known().destination.route,
      model: resource.id,
      provider: resource.provider ?? '',
      body,
      facts,
    });
  }

  /** The same of the session's budgets. */
  reserveInSession(): BudgetRefusal | undefined {
    return this.budget.join(this.memory?.session?.id);
  }

  /** Notes under which ids the provider keeps the answer, before the client learns of them. */
  remember(ids: readonly string[] = []): void {
    if (ids.length === 0) return;
    const { destination, choice } = this.known();
    const { id: model, provider = '' } = choice.judge.resource;
    this.remembering.remember(ids, { route: destination.route, provider: this.served ?? provider, model });
  }

  /** Which endpoint of which protocol it asks. */
  get endpointName(): string {
    const { adapter, endpoint } = this.arrival;
    return `${adapter.id} ${endpoint.operation}`;
  }

  get inspector(): Inspector {
    return this.known().destination.inspector;
  }

  /** Finds the session that a request goes on with; what it showed before and shows otherwise now becomes a finding. */
  recognise(detected: DetectedRequest): DetectedRequest {
    const thread = this.remembering.recognise(detected);
    this.log.joined(thread.session);
    const { vetter } = this.known().destination;
    if (vetter === undefined) return detected;
    const { toolResults } = this.house;
    const owner = ownerOf(this.arrival.principal);
    return compareResults(thread.compare(detected), { owner, results: toolResults, fingerprint: vetter.fingerprint });
  }

  get judge(): ModelJudge | undefined {
    return this.known().destination.judge;
  }

  /** Asks a chat model where detectors are not sure of what is new. */
  async consult(detected: DetectedRequest, judge: ModelJudge): Promise<DetectedRequest> {
    const judged = await consultJudge(detected, judge, this.upstream);
    if (this.client.signal.aborted) throw unexpected('the client went while a judge was asked');
    return judged;
  }

  /** How the tool calls of the answer are judged by what the user asked. */
  aligns(detected: DetectedRequest): AnswerParts['align'] {
    return this.judge === undefined ? undefined : judgeCalls(detected, this.judge, this.upstream);
  }

  isolated(): Ruling | undefined {
    return this.known().choice.isolated();
  }

  /** Waits until the judge has answered of every call that waits for it. */
  async judged(guard: AnswerGuard): Promise<true> {
    await Promise.all(guard.waitsForJudge.map(async (call) => guard.judged(call, await call.answer)));
    if (this.client.signal.aborted) throw unexpected('the client went while a judge was asked');
    return true;
  }

  /** Which data sources the request reaches, and whether it may. */
  reads(detected: DetectedRequest): SourceRuling | Fault {
    const { choice, destination } = this.known();
    const { endpoint, body } = this.arrival;
    const ruled = ruleSources(detected, {
      judge: choice.judge,
      route: destination.dataSource,
      continued: this.continued.sources,
      unread: { path: endpoint.upstreamPath, ...(endpoint.uninspected === true && { body }) },
    });
    if (!isFault(ruled)) this.remembering.reads(ruled.sources);
    return ruled;
  }

  /** Compares the definitions of a request with what they were for this principal on this route. */
  vet(detected: DetectedRequest): DetectedRequest {
    const { principal, adapter, id: exchange } = this.arrival;
    const { route, vetter } = this.known().destination;
    const { tenant, ...whose } = ownerOf(principal);
    const owner = { tenant, principal: whose, route, protocol: adapter.id };
    return vetter === undefined ? detected : vetTools(detected, { owner, exchange }, vetter);
  }

  opened(matter: OpenedMatter): void {
    this.log.opened(matter);
    this.capture.opened(matter, this.memory?.session?.id);
  }

  /** How the request is patched. */
  get enforcing(): Enforcing {
    const { adapter, principal } = this.arrival;
    const { markerFor, pseudonyms } = this.house;
    return { adapter, placed: this.continued.placed, markerFor, numberOf: pseudonyms?.(principal.tenant) };
  }

  /** Answers with an error of the provider's form; nothing of the request goes on. */
  async turnAway(code: ErrorCode, rulings: readonly Ruling[] = []): Promise<undefined> {
    this.log.turnedAway(code, rulings);
    await this.replyInstead({
      reply: this.arrival.adapter.fault(code, this.arrival.id),
      outcome: 'rejected',
      fault: code,
    });
  }

  /** Answers with the protocol's own refusal, or ends a stream with it. The provider is cut off. */
  async refuse(ruling: Ruling, held: readonly WireEvent[] = []): Promise<undefined> {
    this.toClient.calm();
    this.upstream.abort();
    this.log.stopped(ruling);
    this.memory?.refused(this.ending(false));
    const { asked, destination } = this.known();
    const effect = ruling.effect === 'ask' ? 'ask' : 'block';
    const message = refusalMessage(ruling, this.engine.message(ruling.decision));
    const refusal: Refusal = { exchange: this.arrival.id, effect, message, form: destination.blockForm };
    if (this.toClient.isUnderWay) {
      await this.close({ outcome: 'refused', status: this.toClient.status });
      await this.toClient.refuse(refusal, held);
      return;
    }
    await this.replyInstead({ reply: this.arrival.adapter.refuse(refusal, asked), outcome: 'refused' });
  }

  async send({ choice, enforced }: Cleared): Promise<ProviderAnswer> {
    const { adapter, endpoint, headers } = this.arrival;
    const signal = this.upstream;
    const { method, upstreamPath: path } = endpoint;
    const protocol = adapter.id;
    this.log.sent();
    const { destination, pinned } = this.known();
    const upstreams = pinned === undefined ? destination.upstreams : destination.upstreams.pinned(pinned);
    if (upstreams === undefined)
      throw new SallyportError('UPSTREAM_UNREACHABLE', { detail: 'the provider left the route' });
    const body = enforced.body.length > 0 ? { body: enforced.body } : {};
    const onTry = (tried: TriedUpstream) => {
      choice.goTo(tried.provider);
      this.log.tried(tried);
    };
    const others = choice.isOne
      ? {}
      : { mayServe: (provider: string) => choice.mayServe(provider) && this.budget.admits(provider) };
    const stubbed = this.isStubbed;
    const answer = await upstreams.send({
      protocol,
      method,
      path,
      headers,
      signal,
      stubbed,
      onTry,
      spanOf: (tried) => this.log.spanOf(tried),
      ...others,
      ...body,
    });
    choice.settle();
    this.served = answer.provider;
    this.log.answered(answer);
    return answer;
  }

  /** A drill that no provider is to hear of. */
  private get isStubbed(): boolean {
    return this.arrival.annotations?.drill?.stubbed === true;
  }

  codecFor(answer: ProviderAnswer): AnswerCodec {
    return this.toClient.read(answer, this.known().asked);
  }

  /** Where the values of the answer's calls will come from. */
  labels(detected: DetectedRequest): LateLabels {
    const { destination, facts } = this.known();
    const documents = this.arrival.annotations?.documents ?? NO_DOCUMENTS;
    const { after } = this.house.clock;
    const memories = this.house.memories?.reader(ownerOf(this.arrival.principal));
    return this.remembering.label(detected, { flow: destination.flow, facts, documents, after, memories });
  }

  /** Says whether something of the answer is held now: while it is, the client gets signs of life. */
  waits(held: boolean): void {
    this.toClient.waits(held, this.known().destination.hold.heartbeatMs);
  }

  answerParts(cleared: Cleared, codec: AnswerCodec): AnswerParts {
    const { choice, context, enforced, labels, align } = cleared;
    const { judge } = choice;
    const { hold, inspector } = this.known().destination;
    this.remembering.placing(enforced.placeholders);
    return {
      exchange: this.arrival.id,
      judge,
      codec,
      hold,
      approvals: this.house.approvals,
      approvalHoldMs: this.known().destination.approvalHoldMs,
      inspector,
      labels,
      flow: this.known().destination.flow,
      request: context,
      placeholders: enforced.placeholders,
      mayRestore: restorePermits(judge),
      budget: this.budget,
      align,
      capture: this.capture.answer(enforced.placeholders),
      style: this.house.readStyle?.(),
      released: this.linking(),
    };
  }

  private linking(): AnswerParts['released'] {
    const { id: exchange, principal, annotations } = this.arrival;
    const { links, memories } = this.house;
    if (links === undefined && memories === undefined) return undefined;
    const owner = ownerOf(principal);
    const whose = { exchange, owner, trace: annotations?.trace?.traceId, session: () => this.memory?.session };
    return tellOf({ links, memories }, whose);
  }

  watch(guard: AnswerGuard): void {
    this.remembering.watch(guard);
    this.capture.watch(guard);
    this.log.watch(guard);
  }

  decided(calls: readonly DecidedCall[]): Promise<void> {
    return this.log.decided(calls);
  }

  /** Waits for the humans that calls wait for; those that came together, together no longer than the route says. @returns that they were asked */
  async asked(guard: AnswerGuard): Promise<true> {
    const { signal } = this.client;
    const ms = this.known().destination.approvalHoldMs;
    await Promise.all(
      guard.waitsFor.map(async (call) => guard.settle(call, await this.house.approvals.wait(call.id, { ms, signal }))),
    );
    if (signal.aborted) throw unexpected('the client went while a human was asked');
    return true;
  }

  /** Lets cleared bytes go. */
  pass(bytes: Uint8Array): Promise<void> {
    return this.toClient.pass(bytes);
  }

  /** The answer is whole: its receipt is made durable, then the last bytes go. */
  async complete(last: Uint8Array): Promise<void> {
    this.toClient.calm();
    this.memory?.ended(this.ending(true));
    await Promise.all([this.whenOpened(), this.close({ outcome: 'completed', status: this.toClient.status })]);
    await this.toClient.end(last);
  }

  /** The provider broke the answer off, or sent what cannot be inspected: an error for the client, never a clean end. */
  async breakOff(code: ErrorCode): Promise<void> {
    this.toClient.calm();
    this.memory?.ended(this.ending(false));
    this.upstream.abort();
    if (this.client.signal.aborted) return this.close({ outcome: 'client-aborted', status: CLIENT_GONE });
    if (this.toClient.isUnderWay) {
      await this.close({ outcome: 'upstream-failed', status: this.toClient.status, fault: code });
      this.toClient.break(code);
      return;
    }
    const reply = this.arrival.adapter.fault(code, this.arrival.id);
    await this.replyInstead({ reply, outcome: 'upstream-failed', fault: code });
  }

  /** Puts under lock what policy wants of the answer, then closes the exchange. */
  private async close(matter: ClosedMatter): Promise<void> {
    this.settle(matter);
    if (!this.capture.isOn) return this.log.close(matter);
    // What ends otherwise than it was going to must not be recorded as if it had.
    await this.capture.whenKept();
    const recorded = await this.capture.ended();
    await Promise.all([...recorded, this.log.close(matter)]);
  }

  /** Every end of an exchange passes here: what it used takes the place of what it reserved. */
  private settle({ outcome, fault }: Pick<ClosedMatter, 'outcome' | 'fault'>): void {
    const why = fault === undefined ? {} : { fault };
    this.budget.settle({ outcome, ...why, ...this.log.spent, provider: this.served });
  }

  private ending(isWhole: boolean): Ending {
    const { toClient, identified } = this;
    return {
      sent: toClient.isAnswered,
      whole: isWhole && toClient.status < 300,
      choices: identified?.asked.facts.choices,
    };
  }

  /** Whatever was thrown ends here: the client gets an error, the record its end, and nothing uncleared leaves. */
  async fail(error: unknown): Promise<void> {
    const known = knownError(error);
    try {
      if (this.client.signal.aborted) {
        this.memory?.ended(this.ending(false));
        return await this.close({ outcome: 'client-aborted', status: CLIENT_GONE });
      }
      if (known.code.startsWith('UPSTREAM_')) return await this.breakOff(known.code);
    } catch (again) {
      return this.failInside(knownError(again));
    }
    return this.failInside(known);
  }

  private async failInside(error: SallyportError): Promise<void> {
    this.toClient.calm();
    this.house.report(error, this.arrival.id);
    this.upstream.abort();
    const code = await this.closeFailed(error.code);
    try {
      this.toClient.fail(code);
    } catch (again) {
      this.house.report(knownError(again), this.arrival.id);
      this.client.break();
    }
  }

  /** @returns what the client is told: a log that takes no records cannot take the one that says so */
  private async closeFailed(code: ErrorCode): Promise<ErrorCode> {
    this.settle({ outcome: 'internal-error', fault: code });
    if (code === 'RECORD_FAILED') return code;
    try {
      await this.log.close({ outcome: 'internal-error', status: ERRORS[code].status, fault: code });
      return code;
    } catch (again) {
      this.house.report(knownError(again), this.arrival.id);
      return 'RECORD_FAILED';
    }
  }

  private async replyInstead({ reply, outcome, fault }: Instead): Promise<void> {
    const closing = this.close({ outcome, status: reply.status, ...(fault !== undefined && { fault }) });
    await Promise.all([this.whenOpened(), closing]);
    this.toClient.reply(reply);
  }

  /** What was decided on the request is recorded, and what policy wants of it under lock. */
  private async whenOpened(): Promise<void> {
    await Promise.all([this.log.whenOpened(), this.capture.whenKept()]);
  }

  private marks(): Record<string, string> {
    const told = this.log.told();
    // Who was not identified learns nothing.
    const { identified } = this;
    const sees = told.policies.length > 0 && identified !== undefined && maySeePolicies(identified);
    const policies = sees ? told.policies : [];
    const marks = answerMarks(this.arrival.id, { ...told, policies, session: this.memory?.session });
    return { ...this.budget.headers(this.arrival.adapter.rateHeaders), ...marks };
  }

  /** What the request goes on with. */
  get continued(): Continuation {
    return this.remembering.continuation;
  }

  private get remembering(): ExchangeMemory {
    if (this.memory === undefined) throw unexpected(UNIDENTIFIED);
    return this.memory;
  }

  private known(): Identified {
    if (this.identified === undefined) throw unexpected(UNIDENTIFIED);
    return this.identified;
  }
}

const NO_DOCUMENTS: ReadonlySet<number> = new Set();

const UNIDENTIFIED = 'an exchange went on before it was identified';

function unexpected(detail: string): SallyportError {
  return new SallyportError('INTERNAL', { detail });
}

interface Instead {
  readonly reply: Reply;
  readonly outcome: ExchangeOutcome;
  readonly fault?: ErrorCode;
}
