import type { Owner } from './owner.ts';

/**
 * Whose definitions are compared with each other. The same name may say something else to another principal, on another
 * route, or in another protocol, which spells the same tool otherwise.
 */
export interface PinOwner {
  readonly tenant: string;
  readonly principal: Omit<Owner, 'tenant'>;
  readonly route: string;
  readonly protocol: string;
}

/** A definition that was seen under a name. */
export interface SeenDefinition {
  /** Keyed fingerprint of its canonical text, hexadecimal. */
  readonly hash: string;
  /** The exchange that brought it first, and when: RFC 3339, UTC. */
  readonly exchange: string;
  readonly at: string;
  /** Who accepted it; absent for the first one, which is trusted on first use. */
  readonly by?: string;
}

/** What is known of one tool of one owner. Its name is a client's word: content, which is sealed where it lies. */
export interface StoredPin {
  /** `pin_` and 20 hexadecimal digits, made of the owner and the name. */
  readonly id: string;
  /** Made of the owner. */
  readonly ownerId: string;
  readonly owner: PinOwner;
  /** Cut to `PIN_NAME_MAX_CHARS`. */
  readonly name: string;
  /** Definitions that are no finding. None: the tool was never trusted, since it read like another from the start. */
  readonly trusted: readonly SeenDefinition[];
  /** Others that came under its name, the newest last, at most `PIN_WAITING_MAX`: a finding each time until one is accepted. */
  readonly waiting: readonly SeenDefinition[];
}

/** What a definition said, so that an operator can be shown what changed. Content, which is sealed where it lies. */
export interface PinnedText {
  readonly pin: string;
  readonly hash: string;
  /** Canonical JSON, at most `PIN_TEXT_MAX_CHARS`. */
  readonly text: string;
}

/** Characters of a name that are kept. */
export const PIN_NAME_MAX_CHARS = 256;
/** Definitions of one name that wait at a time; of more, the oldest go. */
export const PIN_WAITING_MAX = 8;
/** UTF-16 units of a definition whose text is kept; of longer ones only the fingerprint is. */
export const PIN_TEXT_MAX_CHARS = 32_768;

/** Keeps pins. Synchronous, since a request waits for it; asked once for each owner that was not heard of lately. */
export interface ToolPins {
  /** Those of one owner, in no order. Cost: about 10 us a pin. */
  of(ownerId: string): readonly StoredPin[];
  get(id: string): StoredPin | undefined;
  /** The first `limit` by owner, those first of which something waits; of all tenants, or of one. */
  list(limit: number, tenant?: string): readonly StoredPin[];
  /**
   * Adds them, or puts them in the place of those of the same id, and keeps what some of their definitions say: as long as
   * they are trusted or wait, and there is room. @throws {SallyportError} `STORE_BROKEN`
   */
  put(pins: readonly StoredPin[], texts?: readonly PinnedText[]): void;
  /** What the definitions of one pin say, by hash, as far as that was kept. */
  texts(id: string): ReadonlyMap<string, string>;
  remove(id: string): void;
}
