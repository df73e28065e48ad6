import type { AccessContext, AccessQuestion, Principal, Resource } from './decision.ts';

/** What a request or an answer names of where data is kept, in the words of its protocol. */
export interface SourceRef {
  /** `vector-store`, `file`, `index`, `server`, `prompt`, ... */
  readonly kind: string;
  readonly id: string;
}

/** Kind of a source that configuration names for a route: registered, whether more is said of it or not. */
export const ROUTE_SOURCE = 'route';
/** Kind of what may be anything; it counts where it is registered. */
export const ADDRESS = 'address';

/** Data sources that one request may reach; of more, none is read. */
export const SOURCES_MAX = 256;
/** Names of places that one piece of a request may hold: one with as many is refused. */
export const SLICE_SOURCES_MAX = 2_048;

/** What an exchange may name in a place that nobody reads: its path at the provider, and its body. */
export interface UnreadRequest {
  readonly path: string;
  /** Absent where the body is read. */
  readonly body?: Uint8Array;
}

/**
 * What is known of who asks, and of what is asked for, beside what they say of themselves. Synchronous, and cheap for names that
 * were asked about lately.
 */
export interface AccessDirectory {
  /** The same with all its groups. */
  member(principal: Principal): Principal;
  /** The model with its groups, and with what is registered of the provider that would serve it. */
  model(id: string, provider: string | undefined): Resource;
  /** Groups of a tool beside those of what it does. */
  toolGroups(tool: string): readonly string[];
  /**
   * The data sources that these lead to. What is not registered is a source of its own name, but for addresses: what stands there is
   * nobody's data source until somebody says so.
   */
  sources(refs: readonly SourceRef[]): readonly Resource[];
  /**
   * Registered sources that a call reaches.
   * @param given JSON; `undefined` where it is not known, and then every source that the tool may reach counts
   */
  sourcesOfCall(tool: string, given: string | undefined): readonly Resource[];
  /** Whether any tool leads to a source. */
  readonly hasTools: boolean;
  /** Registered sources that are named where nobody reads, however they are written. */
  sourcesIn(request: UnreadRequest): readonly Resource[];
  /** What else a question has to be told: a grant in force that covers it, and whether its principal is a listed reader. */
  factsFor(question: AccessQuestion): Pick<AccessContext, 'grant' | 'reader'> | undefined;
}

/** The question with all that the directory knows of it. */
export function completed(question: AccessQuestion, directory: AccessDirectory | undefined): AccessQuestion {
  const facts = directory?.factsFor(question);
  return facts === undefined ? question : { ...question, context: { ...question.context, ...facts } };
}
