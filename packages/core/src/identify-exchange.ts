import type { Continuation } from './continuation.ts';
import type { AccessQuestion, PolicyEngine, RequestFacts, Resource } from './decision.ts';
import { type Fault, isFault } from './errors.ts';
import type { Arrival, Destination, House } from './house.ts';
import type { ParsedRequest } from './protocol.ts';
import { ProviderChoice } from './provider-choice.ts';
import { recordedName } from './recorded-name.ts';

/** Who asks for what, and where it may lead: what becomes known of an exchange when its body was read. */
export interface Identified {
  readonly facts: RequestFacts;
  readonly destination: Destination;
  /** Which provider it goes to; that may change until one has answered. */
  readonly choice: ProviderChoice;
  /** The parsed request, without its bytes. */
  readonly asked: ParsedRequest;
  /** The provider that keeps what the request goes on with. */
  readonly pinned: string | undefined;
}

export interface IdentifyParts {
  readonly arrival: Arrival;
  readonly engine: PolicyEngine;
  readonly house: Pick<House, 'directory' | 'containments'>;
  readonly continuation: Continuation;
}

export function identifyExchange(
  parsed: ParsedRequest,
  { arrival, engine, house, continuation }: IdentifyParts,
): Identified | Fault {
  const { principal, adapter, endpoint, body } = arrival;
  const { directory, containments } = house;
  const led = continuation.lead();
  if (isFault(led)) return led;
  const { destination, pinned, model } = led;
  const { route, upstreams, postureOf } = destination;
  const { stream, tools, messages } = parsed.facts;
  const facts = { protocol: adapter.id, route, model, stream, tools, messages, bodyBytes: body.length };
  const providers = pinned === undefined ? upstreams.speaking(adapter.id) : [pinned];
  const resourceAt = (provider: string) => directory.model(model, provider);
  // The first thing that access policy is asked: may this principal have what it asks for at all?
  const action = endpoint.uninspected === true ? 'pass-uninspected' : 'use-model';
  const offers = principal.scope?.tools === undefined ? {} : { offers: tools.map(recordedName) };
  const context = { route, protocol: adapter.id, ...offers };
  const enters = (to: Resource): AccessQuestion => ({ principal, action, resource: to, context });
  const judge = { engine, directory, principal, resource: resourceAt(providers[0] ?? ''), facts, postureOf };
  const choice = new ProviderChoice({ judge, providers, resourceAt, enters, containments });
  // Whoever waits for an answer needs no part of the body: what was read of it would stay in memory as long.
  const asked = { ...parsed, body: NO_BYTES, slices: [] };
  return { facts, destination, choice, asked, pinned };
}

/** Whether the principal is told which policies held. */
export function maySeePolicies({ choice, facts }: Identified): boolean {
  const { engine, principal, resource } = choice.judge;
  const context = { route: facts.route, protocol: facts.protocol };
  return engine.access({ principal, action: 'see-policies', resource, context }).verdict === 'allow';
}

const NO_BYTES = new Uint8Array(0);
