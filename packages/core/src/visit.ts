import type { AnswerGuard } from './answer-guard.ts';
import { answerMarks, contentTypeOf, passedHeaders } from './answer-headers.ts';
import type { AnswerParts, DecidedCall } from './answer-parts.ts';
import { ClientLine } from './client-line.ts';
import { concatBytes } from './concat-bytes.ts';
import { Continuation } from './continuation.ts';
import type { Ruling } from './decide.ts';
import type { AccessQuestion, PolicyEngine, Resource } from './decision.ts';
import type { DetectedRequest } from './detect.ts';
import type { Inspector, RequestContext } from './detector.ts';
import type { EnforcedRequest } from './enforce.ts';
import { ERRORS, type ErrorCode, type Fault, isFault, knownError, SallyportError } from './errors.ts';
import { ExchangeLog, type Identified, type OpenedMatter } from './exchange-log.ts';
import type { Arrival, Client, House } from './house.ts';
import type { LateLabels } from './late-labels.ts';
import { openLabels } from './open-labels.ts';
import type { PlaceholderTable } from './placeholders.ts';
import type { AnswerCodec, ParsedRequest, Refusal, Reply, WireEvent } from './protocol.ts';
import type { ProviderAnswer } from './provider.ts';
import { ProviderChoice } from './provider-choice.ts';
import type { ExchangeOutcome, TriedUpstream } from './record.ts';
import { refusalMessage } from './refusal-message.ts';
import { restorePermits } from './restore-permits.ts';
import { SessionThread } from './session-thread.ts';
import type { UnseenHistory } from './transcript.ts';
import { vetTools } from './vet-tools.ts';

/** A request that may go to its provider: what its answer needs of it, which may take long. */
export interface Cleared {
  readonly choice: ProviderChoice;
  readonly context: RequestContext;
  readonly labels: LateLabels;
  readonly enforced: EnforcedRequest;
}

/** HTTP status in the record of a client that went away; nothing is sent. */
const CLIENT_GONE = 499;

/** An exchange under way: its client, its provider, its records, and all ways in which it can end. */
export class Visit {
  readonly arrival: Arrival;
  readonly house: House;
  private readonly client: Client;
  private readonly line: ClientLine;
  private readonly log: ExchangeLog;
  private readonly engine: PolicyEngine;
  private readonly upstreamAbort = new AbortController();
  private identified: Known | undefined;
  private codec: AnswerCodec | undefined;
  private upstream: ProviderAnswer | undefined;
  /** Bytes of an answer that is not a stream, kept until it is complete. */
  private readonly kept: Uint8Array[] = [];
  private started = false;
  private continuation: Continuation | undefined;
  private placeholders: PlaceholderTable | undefined;
  private guard: AnswerGuard | undefined;
  private late: LateLabels | undefined;
  private thread: SessionThread | undefined;
  /** The provider that answered. */
  private served: string | undefined;

  constructor(arrival: Arrival, house: House, client: Client) {
    this.arrival = arrival;
    this.house = house;
    this.client = client;
    this.line = new ClientLine({
      client,
      after: house.clock.after,
      open: async () => {
        await this.log.whenOpened();
        if (this.line.isCalm) return false;
        if (!this.started) this.start();
        return true;
      },
    });
    this.engine = house.policy();
    this.log = new ExchangeLog(arrival, house, this.engine.policySet);
    client.signal.addEventListener('abort', () => this.upstreamAbort.abort(), { once: true });
    if (client.signal.aborted) this.upstreamAbort.abort();
  }

  /** Works out who asks for what, and where it may lead. */
  identify(parsed: ParsedRequest): ProviderChoice | Fault {
    const { principal, adapter, body } = this.arrival;
    const { stream, tools, messages } = parsed.facts;
    this.continuation = new Continuation(this.arrival, this.house, parsed.facts);
    const led = this.continuation.lead();
    if (isFault(led)) return led;
    const { destination, pinned, model } = led;
    const { route, upstreams, groups, postureOf } = destination;
    const providers = pinned === undefined ? upstreams.speaking(adapter.id) : [pinned];
    const facts = { protocol: adapter.id, route, model, stream, tools, messages, bodyBytes: body.length };
    const resource = { kind: 'model', id: model, provider: providers[0] ?? '', groups } as const;
    const judge = { engine: this.engine, principal, resource, facts, postureOf };
    const context = { route, protocol: adapter.id };
    const choice = new ProviderChoice({ judge, providers, enters: (to) => this.enters(to, context) });
    // Whoever waits for an answer needs no part of the body: what was read of it would stay in memory as long.
    const asked = { ...parsed, body: NO_BYTES, slices: [] };
    this.identified = { facts, destination, choice, asked, pinned };
    this.log.identify(this.identified);
    return choice;
  }

  /** Notes under which ids the provider keeps the answer, before the client learns of them. */
  remember(ids: readonly string[] = [], again = false): void {
    const continuation = this.continued;
    const fresh = again ? ids : ids.filter((id) => !continuation.isRemembered(id));
    if (fresh.length === 0) return;
    const { destination, choice } = this.known();
    const { resource } = choice.judge;
    const provider = this.served ?? resource.provider ?? '';
    const placed = this.placeholders?.placed ?? [];
    const sessionId = this.thread?.session?.id;
    continuation.remember(fresh, {
      route: destination.route,
      provider,
      model: resource.id,
      placed,
      session: this.unseen(),
      ...(sessionId !== undefined && { sessionId }),
    });
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
    const { arrival, house } = this;
    this.thread = new SessionThread(detected, { arrival, sessions: house.sessions, continuation: this.continued });
    this.log.joined(this.thread.session);
    return this.known().destination.vetter === undefined ? detected : this.thread.compare(detected);
  }

  /** Compares the definitions of a request with what they were for this principal on this route. */
  vet(detected: DetectedRequest): DetectedRequest {
    const { principal, adapter, id: exchange } = this.arrival;
    const { route, vetter } = this.known().destination;
    const { tenant, kind, id } = principal;
    const owner = { tenant, principal: { kind, id }, route, protocol: adapter.id };
    return vetter === undefined ? detected : vetTools(detected, { owner, exchange }, vetter);
  }

  /** The first thing that access policy is asked: may this principal have what it asks for at all? */
  private enters(resource: Resource, context: AccessQuestion['context']): AccessQuestion {
    const { principal, endpoint } = this.arrival;
    const action = endpoint.uninspected === true ? 'pass-uninspected' : 'use-model';
    return { principal, action, resource, context };
  }

  opened(matter: OpenedMatter): void {
    this.log.opened(matter);
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
    this.line.calm();
    this.upstreamAbort.abort();
    this.log.stopped(ruling);
    this.continuation?.forget();
    this.settle(false);
    const { asked, destination } = this.known();
    const effect = ruling.effect === 'ask' ? 'ask' : 'block';
    const message = refusalMessage(ruling, this.engine.message(ruling.decision));
    const refusal: Refusal = { exchange: this.arrival.id, effect, message, form: destination.blockForm };
    if (this.started && this.codec !== undefined) {
      await this.log.close({ outcome: 'refused', status: this.status() });
      await this.client.write(this.codec.refuse(refusal, held));
      this.client.finish();
      return;
    }
    await this.replyInstead({ reply: this.arrival.adapter.refuse(refusal, asked), outcome: 'refused' });
  }

  async send({ choice, enforced }: Cleared): Promise<ProviderAnswer> {
    const { adapter, endpoint, headers } = this.arrival;
    const { signal } = this.upstreamAbort;
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
    const others = choice.isOne ? {} : { mayServe: (provider: string) => choice.mayServe(provider) };
    const answer = await upstreams.send({ protocol, method, path, headers, signal, onTry, ...others, ...body });
    choice.settle();
    this.upstream = answer;
    this.served = answer.provider;
    this.log.answered(this.upstream.status);
    return answer;
  }

  codecFor({ status, headers }: ProviderAnswer): AnswerCodec {
    const { maxDepth, maxAnswerBytes, maxAnswerNodes } = this.house.limits;
    const limits = { maxDepth, maxBodyBytes: maxAnswerBytes, maxNodes: maxAnswerNodes };
    this.codec = this.arrival.adapter.answer(
      this.known().asked,
      { status, contentType: contentTypeOf(headers) },
      limits,
    );
    return this.codec;
  }

  /** Where the values of the answer's calls will come from. */
  labels(detected: DetectedRequest): LateLabels {
    const { destination, facts } = this.known();
    this.late = openLabels(detected, {
      flow: destination.flow,
      facts,
      before: this.thread?.before,
      documents: this.arrival.annotations?.documents ?? NO_DOCUMENTS,
      after: this.house.clock.after,
    });
    return this.late;
  }

  /** What has come of the session, for whoever goes on with what the provider keeps of it. */
  private unseen(): UnseenHistory {
    const history = this.late?.get().history ?? NOTHING_READ;
    const { brought = false, writes = 0 } = this.guard ?? {};
    return {
      tainted: history.tainted || brought,
      private: history.private || brought,
      writes: history.writes + writes,
    };
  }

  /** Says whether something of the answer is held now: while it is, the client gets signs of life. */
  waits(held: boolean): void {
    const { heartbeat } = this.codec ?? {};
    if (heartbeat === undefined) return;
    this.line.waits(held, { bytes: heartbeat, everyMs: this.known().destination.hold.heartbeatMs });
  }

  answerParts(cleared: Cleared, codec: AnswerCodec): AnswerParts {
    const { choice, context, enforced, labels } = cleared;
    const { judge } = choice;
    const { hold, inspector } = this.known().destination;
    this.placeholders = enforced.placeholders;
    const mayRestore = restorePermits(judge);
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
      mayRestore,
    };
  }

  watch(guard: AnswerGuard): void {
    this.guard = guard;
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
    if (signal.aborted) throw new SallyportError('INTERNAL', { detail: 'the client went while a human was asked' });
    return true;
  }

  /** Lets cleared bytes go, in one write: each costs the client's connection a chunk of its own. */
  async pass(bytes: Uint8Array): Promise<void> {
    if (!this.isStream()) {
      this.kept.push(bytes);
      return;
    }
    if (!this.started) {
      await this.log.whenOpened();
      this.start();
    }
    await this.line.write(bytes);
  }

  /** The answer is whole: its receipt is made durable, then the last bytes go. */
  async complete(last: Uint8Array): Promise<void> {
    this.line.calm();
    this.rememberPlaced();
    this.settle(true);
    const status = this.status();
    await Promise.all([this.log.whenOpened(), this.log.close({ outcome: 'completed', status })]);
    if (this.isStream()) {
      if (!this.started) this.start();
      await this.client.write(last);
      this.client.finish();
      return;
    }
    const body = concatBytes([...this.kept, last]);
    this.client.reply({ status, headers: { ...passedHeaders(this.upstream), ...this.marks() } }, body);
  }

  /** The provider broke the answer off, or sent what cannot be inspected: an error for the client, never a clean end. */
  async breakOff(code: ErrorCode): Promise<void> {
    this.line.calm();
    this.rememberPlaced();
    this.settle(false);
    this.upstreamAbort.abort();
    if (this.client.signal.aborted) return this.log.close({ outcome: 'client-aborted', status: CLIENT_GONE });
    if (this.started && this.codec !== undefined) {
      await this.log.close({ outcome: 'upstream-failed', status: this.status(), fault: code });
      this.client.break(this.codec.fault(code));
      return;
    }
    const reply = this.arrival.adapter.fault(code, this.arrival.id);
    await this.replyInstead({ reply, outcome: 'upstream-failed', fault: code });
  }

  /** What was placed in the answer has a number from now on, whoever goes on with it. */
  private rememberPlaced(): void {
    const known = (this.guard?.facts.stored ?? []).filter((id) => this.continuation?.isRemembered(id) === true);
    const { brought = false, writes = 0 } = this.guard ?? {};
    if ((this.placeholders?.size ?? 0) > 0 || brought || writes > 0) this.remember(known, true);
  }

  /** The session remembers what became of the request. */
  private settle(isWhole: boolean): void {
    const { guard, late, upstream } = this;
    this.thread?.answered({
      sent: upstream !== undefined,
      whole: isWhole && this.status() < 300 && guard?.facts.error !== true,
      ...(guard?.served(isWhole && this.known().asked.facts.choices === 1) ?? { texts: [], calls: [] }),
      history: late?.history,
      brought: guard?.brought ?? false,
    });
  }

  /** Whatever was thrown ends here: the client gets an error, the record its end, and nothing uncleared leaves. */
  async fail(error: unknown): Promise<void> {
    const known = knownError(error);
    try {
      if (this.client.signal.aborted) {
        this.rememberPlaced();
        this.settle(false);
        return await this.log.close({ outcome: 'client-aborted', status: CLIENT_GONE });
      }
      if (known.code.startsWith('UPSTREAM_')) return await this.breakOff(known.code);
    } catch (again) {
      return this.failInside(knownError(again));
    }
    return this.failInside(known);
  }

  private async failInside(error: SallyportError): Promise<void> {
    this.line.calm();
    this.house.report(error, this.arrival.id);
    this.upstreamAbort.abort();
    const code = await this.closeFailed(error.code);
    const { status, headers, body } = this.arrival.adapter.fault(code, this.arrival.id);
    try {
      if (this.started) this.client.break(this.codec?.fault(code));
      else this.client.reply({ status, headers: { ...headers, ...this.marks() } }, body);
    } catch (again) {
      this.house.report(knownError(again), this.arrival.id);
      this.client.break();
    }
  }

  /** @returns what the client is told: a log that takes no records cannot take the one that says so */
  private async closeFailed(code: ErrorCode): Promise<ErrorCode> {
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
    const closing = this.log.close({ outcome, status: reply.status, ...(fault !== undefined && { fault }) });
    await Promise.all([this.log.whenOpened(), closing]);
    this.client.reply({ status: reply.status, headers: { ...reply.headers, ...this.marks() } }, reply.body);
  }

  private start(): void {
    this.started = true;
    this.client.start({ status: this.status(), headers: { ...passedHeaders(this.upstream), ...this.marks() } });
  }

  private status(): number {
    return this.upstream?.status ?? 200;
  }

  private isStream(): boolean {
    return this.codec?.streams === true;
  }

  private marks(): Record<string, string> {
    const told = this.log.told();
    const policies = told.policies.length > 0 && this.maySeePolicies() ? told.policies : [];
    return answerMarks(this.arrival.id, { ...told, policies, session: this.thread?.session });
  }

  /** Who was not identified learns nothing. */
  private maySeePolicies(): boolean {
    if (this.identified === undefined) return false;
    const { facts, choice } = this.identified;
    const { principal, resource } = choice.judge;
    const context = { route: facts.route, protocol: facts.protocol };
    return this.engine.access({ principal, action: 'see-policies', resource, context }).verdict === 'allow';
  }

  /** What the request goes on with. */
  get continued(): Continuation {
    if (this.continuation === undefined) {
      throw new SallyportError('INTERNAL', { detail: 'an exchange went on before it was identified' });
    }
    return this.continuation;
  }

  private known(): Known {
    if (this.identified === undefined) {
      throw new SallyportError('INTERNAL', { detail: 'an exchange went on before it was identified' });
    }
    return this.identified;
  }
}

/** `asked`: the parsed request, without its bytes. */
type Known = Identified & { readonly asked: ParsedRequest; readonly pinned: string | undefined };

const NO_DOCUMENTS: ReadonlySet<number> = new Set();
const NOTHING_READ: UnseenHistory = { tainted: false, private: false, writes: 0 };
const NO_BYTES = new Uint8Array(0);

interface Instead {
  readonly reply: Reply;
  readonly outcome: ExchangeOutcome;
  readonly fault?: ErrorCode;
}
