import {
  type ApprovalDoor,
  BoundedCache,
  type Fault,
  type KeyedSlice,
  ownerParts,
  PIN_WAITING_MAX,
  type PinnedText,
  type PinOwner,
  type PlacedFinding,
  type ReceiptLine,
  type Recorder,
  recordedName,
  type SeenDefinition,
  type StoredPin,
  TOOL_INTEGRITY,
  type ToolIntegrityType,
  type ToolPins,
  type ToolStep,
  type ToolsBeside,
  type ToolVetter,
  type Vetting,
  type VettingQuestion,
} from '@sallyport/core';
import { CROSS_REFERENCES_VERSION } from '@sallyport/detectors';
import { nameSkeleton } from '@sallyport/text';
import { type DefinitionChanges, definitionChanges } from './definition-changes.ts';
import { OwnedPins } from './owned-pins.ts';
import {
  definitionTexts,
  type Fingerprinter,
  type ReadReferences,
  type ReadTool,
  readReferences,
  readTools,
} from './read-definitions.ts';

/** Definitions of one tool that are trusted at a time: of more, the oldest go. */
export const PIN_TRUSTED_MAX = 8;
/** Tools that operators are listed at a time; those that wait come first. */
export const TOOLS_LISTED_MAX = 1_000;

/** Raised whenever the same definitions may give other findings; the tables of what they say to each other count by themselves. */
export const TOOL_INTEGRITY_VERSION = `1-${CROSS_REFERENCES_VERSION}`;

/**
 * Of a name that a tool of another server has: two servers may both search. One that is spelt with letters that only look like those of the
 * other's name is meant to be taken for it.
 */
const BESIDE = { sharedName: 0.5, disguisedName: 0.8 } as const;

/** How sure each finding is. A name that reads like one of another request may be the same client's older or newer spelling. */
const SCORES = { changed: 0.7, shadowedHere: 0.9, shadowedBefore: 0.6, ...BESIDE } as const;

/** Slices, sets of definitions and owners that are remembered; weights are tools. */
const SLICES_MAX = { maxEntries: 20_000, maxWeight: 200_000 };
const SETS_MAX = { maxEntries: 2_000, maxWeight: 200_000 };
const OWNERS_MAX = { maxEntries: 2_000, maxWeight: 400_000 };

export interface ToolOfficeParts {
  readonly store: ToolPins;
  readonly recorder: Recorder;
  readonly iso: () => string;
  readonly fingerprint: Fingerprinter;
  readonly maxResultChars: number;
  /** Tools of one owner that are pinned, 1.. */
  readonly maxPins: number;
  /** Names of tools whose definitions may change. */
  readonly unpinned: readonly string[];
  /** Whose definitions are kept as text too, so that operators see what changed: those that come through a server's door, or all. */
  readonly keepTexts: 'servers' | 'all' | 'none';
}

/** Protocols in which a server defines its tools; in the others a client does. */
const SERVED: ReadonlySet<string> = new Set(['mcp', 'a2a']);

/** How a definition that waits differs from one that is trusted. */
export interface WaitingChange extends DefinitionChanges {
  /** Of the one that waits. */
  readonly hash: string;
  /** Of the one that is trusted; absent where none is. */
  readonly since: string | undefined;
}

/** What an operator says about a tool. */
export interface ToolVerdict {
  readonly by: string;
  readonly via: ApprovalDoor;
  readonly reason: string;
}

interface Offered {
  readonly tool: ReadTool;
  /** Index of the slice. */
  readonly slice: number;
}

/** Pins tools at first sight and says what became of them, until an operator accepts it. */
export class ToolOffice implements ToolVetter {
  readonly maxResultChars: number;
  readonly fingerprint: Fingerprinter;
  readonly #parts: ToolOfficeParts;
  readonly #unpinned: ReadonlySet<string>;
  readonly #slices = new BoundedCache<readonly ReadTool[]>(SLICES_MAX);
  readonly #references = new BoundedCache<readonly ReadReferences[]>(SETS_MAX);
  readonly #owners: BoundedCache<OwnedPins>;

  constructor(parts: ToolOfficeParts) {
    this.#parts = parts;
    this.maxResultChars = parts.maxResultChars;
    this.fingerprint = parts.fingerprint;
    this.#unpinned = new Set(parts.unpinned);
    const maxWeight = Math.max(OWNERS_MAX.maxWeight, 4 * parts.maxPins);
    this.#owners = new BoundedCache({ ...OWNERS_MAX, maxWeight });
  }

  vet(question: VettingQuestion, slices: readonly KeyedSlice[]): Vetting {
    const { beside } = question;
    const set = [beside?.version ?? '', ...slices.map((each) => each.key)].join('\n');
    const ownerId = this.#ownerId(question.owner);
    const pins = this.#ownedBy(ownerId);
    const settled = pins.settled(set);
    if (settled !== undefined) return settled;
    let readable = true;
    const offered = slices.flatMap((each, slice): readonly Offered[] => {
      const tools = this.#toolsOf(each);
      readable &&= tools !== undefined;
      return (tools ?? []).map((tool) => ({ tool, slice }));
    });
    const references = this.#referencesOf(set, slices, [
      ...offered.map(({ tool }) => tool.name),
      ...(beside?.names ?? []),
    ]);
    const findings = references.map(({ findings: found }) => [...found]);
    const { fresh, full } = this.#compare({ question, ownerId, pins, offered }, (type, score, { tool, slice }) => {
      findings[slice]?.push(this.#finding(type, score, tool));
    });
    const whole = references.every((one) => one.whole);
    const vetting = { findings, line: lineOf({ segments: offered.length, readable, full, whole }) };
    if (fresh.length === 0) pins.settle(set, vetting);
    else {
      this.#parts.store.put(fresh, this.#textsOf(question, fresh, slices));
      for (const pin of fresh) pins.put(pin);
    }
    return vetting;
  }

  /** Those of which something waits come first; at most `TOOLS_LISTED_MAX` of all tenants, or of one. */
  list(tenant?: string): readonly StoredPin[] {
    return this.#parts.store.list(TOOLS_LISTED_MAX, tenant);
  }

  get(id: string): StoredPin | undefined {
    return this.#parts.store.get(id);
  }

  /** What each definition that waits says otherwise than the one that was trusted last; without those whose text was not kept. */
  changes(pin: StoredPin): readonly WaitingChange[] {
    if (pin.waiting.length === 0) return [];
    const texts = this.#parts.store.texts(pin.id);
    const since = pin.trusted.findLast(({ hash }) => texts.has(hash))?.hash;
    if (since === undefined && pin.trusted.length > 0) return [];
    const before = since === undefined ? undefined : texts.get(since);
    return pin.waiting.flatMap(({ hash }): readonly WaitingChange[] => {
      const after = texts.get(hash);
      return after === undefined ? [] : [{ hash, since, ...definitionChanges(before, after) }];
    });
  }

  /**
   * An operator takes a definition that waits: it is no finding any more, beside those that were trusted already.
   * @returns the tool, or `NOT_FOUND` when there is no such tool, or none of this hash waits
   * @throws {SallyportError} `RECORD_FAILED`, and nothing is accepted
   */
  async accept(id: string, hash: string, verdict: ToolVerdict): Promise<StoredPin | Fault> {
    const pin = this.#parts.store.get(id);
    const seen = pin?.waiting.find((one) => one.hash === hash);
    if (pin === undefined || seen === undefined) return { fault: 'NOT_FOUND' };
    const accepted = { hash, exchange: seen.exchange, at: this.#parts.iso(), by: verdict.by };
    await this.#record({ pin, step: 'accepted', exchange: seen.exchange, after: trustedWith(pin, accepted), verdict });
    // More may have come to wait meanwhile.
    const now = this.#parts.store.get(id);
    if (now === undefined) return { fault: 'NOT_FOUND' };
    const waiting = now.waiting.filter((one) => one.hash !== hash);
    const changed = { ...now, trusted: trustedWith(now, accepted), waiting };
    this.#ownedBy(now.ownerId).put(changed);
    this.#parts.store.put([changed]);
    return changed;
  }

  /** An operator lets a tool be pinned anew when it comes again. @returns the tool as it was, or `NOT_FOUND` */
  async forget(id: string, verdict: ToolVerdict): Promise<StoredPin | Fault> {
    const pin = this.#parts.store.get(id);
    if (pin === undefined) return { fault: 'NOT_FOUND' };
    const exchange = [...pin.trusted, ...pin.waiting].at(-1)?.exchange ?? '';
    await this.#record({ pin, step: 'forgotten', exchange, after: [], verdict });
    this.#parts.store.remove(id);
    this.#ownedBy(pin.ownerId).remove(pin);
    return pin;
  }

  /** Tells what is not as it was. @returns pins that are new or changed, and whether there was no room for one */
  #compare({ question, ownerId, pins, offered }: Comparing, tell: Tell): Compared {
    const { owner, exchange, beside } = question;
    const alike = readersOf(offered);
    for (const each of offered) {
      const other = beside === undefined ? undefined : likeOf(each.tool, beside);
      if (other !== undefined)
        tell(
          'tool-shadowed',
          isPlain(each.tool.name) || !isPlain(other) ? SCORES.sharedName : SCORES.disguisedName,
          each,
        );
    }
    const fresh = new Map<string, StoredPin>();
    let room = this.#parts.maxPins - pins.size;
    let full = false;
    for (const each of offered) {
      const { name, hash, skeleton } = each.tool;
      const pin = fresh.get(name) ?? pins.get(name);
      if (pin?.trusted.some((one) => one.hash === hash) === true) continue;
      const here = (alike.get(skeleton)?.size ?? 0) > 1;
      const shadows = here || pins.readsLike(each.tool) || pin?.trusted.length === 0;
      if (shadows) tell('tool-shadowed', here ? SCORES.shadowedHere : SCORES.shadowedBefore, each);
      const mayChange = this.#unpinned.has(name);
      if (pin !== undefined && pin.trusted.length > 0 && !mayChange) tell('tool-changed', SCORES.changed, each);
      if (pin !== undefined && (mayChange || pin.waiting.some((one) => one.hash === hash))) continue;
      if (pin === undefined && room <= 0) {
        full = true;
        continue;
      }
      if (pin === undefined) room -= 1;
      const seen: SeenDefinition = { hash, exchange, at: this.#parts.iso() };
      const known = pin ?? { id: this.#pinId(ownerId, name), ownerId, owner, name, trusted: [], waiting: [] };
      fresh.set(name, pin === undefined && !shadows ? { ...known, trusted: [seen] } : waitingFor(known, seen));
    }
    return { fresh: [...fresh.values()], full };
  }

  #textsOf(
    { owner, exchange }: VettingQuestion,
    fresh: readonly StoredPin[],
    slices: readonly KeyedSlice[],
  ): readonly PinnedText[] {
    const { keepTexts, fingerprint } = this.#parts;
    if (keepTexts === 'none' || (keepTexts === 'servers' && !SERVED.has(owner.protocol))) return [];
    const seen = fresh.flatMap(({ id, trusted, waiting }) =>
      [...trusted, ...waiting].filter((one) => one.exchange === exchange).map(({ hash }) => ({ pin: id, hash })),
    );
    const texts = definitionTexts(slices, new Set(seen.map(({ hash }) => hash)), fingerprint);
    return seen.flatMap(({ pin, hash }) => {
      const text = texts.get(hash);
      return text === undefined ? [] : [{ pin, hash, text }];
    });
  }

  #toolsOf(each: KeyedSlice): readonly ReadTool[] | undefined {
    const known = this.#slices.get(each.key);
    if (known !== undefined) return known;
    const tools = readTools(each, this.fingerprint);
    if (tools !== undefined) this.#slices.set(each.key, tools, 1 + tools.length);
    return tools;
  }

  /** What definitions say about each other depends on all of them, and on nothing else. */
  #referencesOf(set: string, slices: readonly KeyedSlice[], tools: readonly string[]): readonly ReadReferences[] {
    const known = this.#references.get(set);
    if (known !== undefined) return known;
    // A tool of a namespace is spoken of without it.
    const names = new Set(
      tools.flatMap((tool) => {
        const name = tool.toLowerCase();
        return [name, name.slice(name.lastIndexOf('.') + 1)];
      }),
    );
    const read = slices.map((each) => readReferences(each, names, this.fingerprint));
    this.#references.set(set, read, 1 + tools.length);
    return read;
  }

  #finding(type: ToolIntegrityType, score: number, { hash, place }: ReadTool): PlacedFinding {
    const finding = { detector: TOOL_INTEGRITY, category: 'tool-integrity', type, score, span: place.span } as const;
    return { finding: { ...finding, via: [], fingerprint: hash }, places: [place] };
  }

  #ownedBy(ownerId: string): OwnedPins {
    let pins = this.#owners.get(ownerId);
    if (pins === undefined) {
      pins = new OwnedPins(this.#parts.store.of(ownerId));
      this.#owners.set(ownerId, pins, this.#parts.maxPins);
    }
    return pins;
  }

  #ownerId({ tenant, principal, route, protocol }: PinOwner): string {
    return this.fingerprint(JSON.stringify(['tool owner', ...ownerParts({ tenant, ...principal }), route, protocol]));
  }

  #pinId(ownerId: string, name: string): string {
    return `pin_${this.fingerprint(JSON.stringify(['tool pin', ownerId, name])).slice(0, 20)}`;
  }

  #record({ pin, step, exchange, after, verdict }: Recording): Promise<void> {
    const { by, via, reason } = verdict;
    return this.#parts.recorder.append({
      v: 1,
      kind: 'tool',
      exchange,
      at: this.#parts.iso(),
      pin: pin.id,
      step,
      owner: pin.owner,
      tool: recordedName(pin.name),
      before: hashesOf(pin.trusted),
      after: hashesOf(after),
      by: { id: by, via },
      reason,
    });
  }
}

interface Comparing {
  readonly question: VettingQuestion;
  readonly ownerId: string;
  readonly pins: OwnedPins;
  readonly offered: readonly Offered[];
}

interface Compared {
  readonly fresh: readonly StoredPin[];
  readonly full: boolean;
}

type Tell = (type: ToolIntegrityType, score: number, about: Offered) => void;

interface Recording {
  readonly pin: StoredPin;
  readonly step: ToolStep;
  readonly exchange: string;
  readonly after: readonly SeenDefinition[];
  readonly verdict: ToolVerdict;
}

/** Definitions that read alike by name: for each skeleton, how many differ in name or in what they say. */
function readersOf(offered: readonly Offered[]): ReadonlyMap<string, ReadonlySet<string>> {
  const alike = new Map<string, Set<string>>();
  for (const { tool } of offered) {
    const own = alike.get(tool.skeleton);
    const identity = `${tool.hash} ${tool.name}`;
    if (own === undefined) alike.set(tool.skeleton, new Set([identity]));
    else own.add(identity);
  }
  return alike;
}

/** Skeletons of the names beside, made once for each set of them. */
const besides = new WeakMap<ToolsBeside, ReadonlyMap<string, string>>();

/** The name beside that reads like this one. */
function likeOf({ skeleton }: ReadTool, beside: ToolsBeside): string | undefined {
  let bySkeleton = besides.get(beside);
  if (bySkeleton === undefined) {
    bySkeleton = new Map([...beside.names].map((name) => [nameSkeleton(name), name]));
    besides.set(beside, bySkeleton);
  }
  return bySkeleton.get(skeleton);
}

function isPlain(name: string): boolean {
  return /^[ -~]*$/.test(name);
}

function waitingFor(pin: StoredPin, seen: SeenDefinition): StoredPin {
  return { ...pin, waiting: [...pin.waiting, seen].slice(-PIN_WAITING_MAX) };
}

function trustedWith({ trusted }: StoredPin, accepted: SeenDefinition): readonly SeenDefinition[] {
  return [...trusted, accepted].slice(-PIN_TRUSTED_MAX);
}

function hashesOf(seen: readonly SeenDefinition[]): readonly string[] {
  return seen.map(({ hash }) => hash);
}

interface Extent {
  readonly segments: number;
  readonly readable: boolean;
  readonly full: boolean;
  readonly whole: boolean;
}

/** What could not be compared is for the posture to judge; what there was no room for, or too much of, counts as unchecked. */
function lineOf({ segments, readable, full, whole }: Extent): ReceiptLine {
  const line = { detector: TOOL_INTEGRITY, version: TOOL_INTEGRITY_VERSION, segments } as const;
  if (!readable) return { ...line, status: 'failed', reason: 'definition-unreadable' };
  if (full) return { ...line, status: 'skipped', reason: 'pins-full' };
  return whole ? { ...line, status: 'inspected' } : { ...line, status: 'skipped', reason: 'definition-too-long' };
}
