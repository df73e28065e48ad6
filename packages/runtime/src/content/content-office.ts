import {
  type AccessQuestion,
  type ApprovalDoor,
  type AuditRecord,
  type CapturedRecord,
  type CapturedText,
  type ContentRecord,
  type Erasure,
  effectOf,
  type Fault,
  isFault,
  type KeyEncryption,
  OPERATOR_STEPS,
  type OpenedPayload,
  type OpenedRecord,
  ownerName,
  ownerOf,
  type PayloadStore,
  type PolicyEngine,
  type Principal,
  type RecordedSubject,
  type Recorder,
  type Resource,
  type RevealContext,
  type Subject,
  tenantOfUserSubject,
  type VaultedValue,
} from '@sallyport/core';

/** Payloads of one page of an export. */
export const EXPORT_PAGE_MAX = 100;
/** A placeholder as people type it, with brackets or without. */
const PLACEHOLDER = /^\[?([A-Z][A-Z0-9_]{0,39}_[1-9][0-9]{0,14})\]?$/;

/** Who does something with content under lock, by which door, and why. */
export interface ContentVerdict {
  readonly by: Principal;
  readonly via: ApprovalDoor;
  /** Kept in the log. */
  readonly reason: string;
}

/** What cannot be had; `isRecorded`: a record of this kind says so already. */
export type ContentFault = Fault & { readonly isRecorded?: true };

export interface ContentOfficeParts {
  readonly store: PayloadStore;
  readonly keys: Pick<KeyEncryption, 'current'>;
  readonly recorder: Recorder;
  /** The policies in force. */
  readonly engine: () => PolicyEngine;
  /** All records of an exchange. */
  readonly records: (exchange: string) => readonly AuditRecord[];
  readonly iso: () => string;
}

export interface ErasedSubject extends Erasure {
  readonly subject: RecordedSubject;
  /** All data keys up to this one are destroyed; 0 when there never was one. */
  readonly generations: number;
}

/** A payload as it is shown. It holds content. */
export interface ShownPayload {
  readonly exchange: string;
  readonly part: OpenedPayload['part'];
  readonly at: string;
  readonly texts: readonly CapturedText[];
  /** Values of the vault, where they are what was asked for; else how many there are. */
  readonly values: readonly VaultedValue[] | number;
  /** Whether the log vouches for it: it holds the same commitment. */
  readonly proven: boolean;
}

export interface ExportPage {
  readonly subject: RecordedSubject;
  readonly payloads: readonly ShownPayload[];
  /** Where the next page begins; absent on the last. */
  readonly next?: number;
}

/** What operators do with content under lock: each step is decided where it reads content, and recorded before it counts. */
export class ContentOffice {
  readonly #parts: ContentOfficeParts;

  constructor(parts: ContentOfficeParts) {
    this.#parts = parts;
  }

  /**
   * Destroys a subject's data keys, and what they sealed. Recorded first: a crash in between is made good at the next start.
   * @throws {SallyportError} `RECORD_FAILED`, and nothing is destroyed
   */
  async erase(subject: Subject, verdict: ContentVerdict): Promise<ErasedSubject> {
    const { store, recorder, iso } = this.#parts;
    const recorded = store.recorded(subject);
    const generations = store.generation(subject);
    if (generations === 0) return { subject: recorded, generations, keys: 0, payloads: 0 };
    await recorder.append({
      v: 1,
      kind: 'shred',
      exchange: OPERATOR_STEPS,
      at: iso(),
      subject: recorded,
      generations,
      ...told(verdict),
    });
    return { subject: recorded, generations, ...(await store.shred({ subject: recorded.id, generations })) };
  }

  /** What was captured of an exchange, if policy lets this operator read it; `NOT_FOUND`, `ACCESS_DENIED`, `CONTENT_ERASED`. */
  async show(exchange: string, verdict: ContentVerdict): Promise<readonly ShownPayload[] | ContentFault> {
    const read = await this.#readExchange(
      { exchange, verdict, what: 'payload', type: '' },
      (payloads) => payloads.length,
    );
    return isFault(read) ? read : read.payloads.map((payload) => shown(payload, read.captured, 'texts'));
  }

  /** The value that a placeholder of an exchange stands for, on the same terms. */
  async reveal(
    { exchange, placeholder }: { readonly exchange: string; readonly placeholder: string },
    verdict: ContentVerdict,
  ): Promise<VaultedValue | ContentFault> {
    const name = PLACEHOLDER.exec(placeholder)?.[1];
    if (name === undefined) return { fault: 'NOT_FOUND' };
    const type = name.slice(0, name.lastIndexOf('_')).toLowerCase().replaceAll('_', '-');
    const valueIn = (payloads: readonly OpenedPayload[]) =>
      payloads
        .flatMap(({ content }) => content.values)
        .find((value) => value.placeholder === name && value.type === type);
    const question = { exchange, verdict, what: 'value', type, placeholder: name } as const;
    const read = await this.#readExchange(question, (payloads) => (valueIn(payloads) === undefined ? 0 : 1));
    return isFault(read) ? read : (valueIn(read.payloads) ?? { fault: 'NOT_FOUND', isRecorded: true });
  }

  /** A page of all that is held of a subject, values of the vault among it, if policy lets this operator read that. */
  async exportPage(
    { subject, after }: { readonly subject: Subject; readonly after: number },
    verdict: ContentVerdict,
  ): Promise<ExportPage | ContentFault> {
    const { store } = this.#parts;
    const recorded = store.recorded(subject);
    const reveal = {
      what: 'export',
      type: '',
      owner: subject.name,
      tenant: tenantOf(subject),
      subject: subject.kind,
    } as const;
    const asked = this.#ask(verdict, { route: '', protocol: '', reveal: { ...reveal, via: verdict.via } });
    const step = { step: 'exported', subject: recorded } as const;
    if (asked.effect !== 'allow') {
      await this.#record(OPERATOR_STEPS, verdict, { ...step, ...asked, count: 0 });
      return { fault: 'ACCESS_DENIED', isRecorded: true };
    }
    const payloads = await store.ofSubject(subject, { after, limit: EXPORT_PAGE_MAX });
    await this.#record(OPERATOR_STEPS, verdict, { ...step, ...asked, count: payloads.length });
    const next = payloads.length === EXPORT_PAGE_MAX ? payloads.at(-1)?.seq : undefined;
    return {
      subject: recorded,
      payloads: payloads.map((payload) => shown(payload, this.#capturedOf(payload.exchange), 'all')),
      ...(next !== undefined && { next }),
    };
  }

  /** Wraps every data key under the key-encryption key that is first now. */
  async rewrap(verdict: ContentVerdict): Promise<{ readonly rewrapped: number; readonly keyId: string }> {
    const keyId = await this.#parts.keys.current();
    const rewrapped = await this.#parts.store.rewrap();
    const step = { step: 'rewrapped', effect: 'allow', decisions: [], count: rewrapped, keyId } as const;
    await this.#record(OPERATOR_STEPS, verdict, step);
    return { rewrapped, keyId };
  }

  async #readExchange(
    question: ExchangeQuestion,
    countOf: (payloads: readonly OpenedPayload[]) => number,
  ): Promise<ReadExchange | ContentFault> {
    const { exchange, verdict, what, type, placeholder } = question;
    const records = this.#parts.records(exchange);
    const opened = records.find((record): record is OpenedRecord => record.kind === 'opened');
    const captured = records.filter((record): record is CapturedRecord => record.kind === 'captured');
    const [first] = captured;
    if (opened === undefined || first === undefined) return { fault: 'NOT_FOUND' };
    const { principal, request } = opened;
    const owner = principal === undefined ? '' : ownerName(ownerOf(principal));
    const reveal = {
      what,
      type,
      owner,
      tenant: principal?.tenant ?? '',
      subject: first.subject.kind,
      via: verdict.via,
    };
    const asked = this.#ask(verdict, { route: request?.route ?? '', protocol: request?.protocol ?? '', reveal });
    const step = { step: 'revealed', subject: first.subject, ...asked, ...(placeholder && { placeholder }) } as const;
    if (asked.effect !== 'allow') {
      await this.#record(exchange, verdict, { ...step, count: 0 });
      return { fault: 'ACCESS_DENIED', isRecorded: true };
    }
    const payloads = await this.#parts.store.of(exchange);
    await this.#record(exchange, verdict, { ...step, count: countOf(payloads) });
    const isKept = captured.some(({ failed }) => failed === undefined);
    if (payloads.length === 0) return { fault: isKept ? 'CONTENT_ERASED' : 'NOT_FOUND', isRecorded: true };
    return { payloads, captured };
  }

  #capturedOf(exchange: string): readonly CapturedRecord[] {
    return this.#parts.records(exchange).filter((record): record is CapturedRecord => record.kind === 'captured');
  }

  #ask({ by }: ContentVerdict, context: AccessQuestion['context'] & { readonly reveal: RevealContext }) {
    const engine = this.#parts.engine();
    const { policySet, ...decision } = engine.access({ principal: by, action: 'reveal', resource: CONTENT, context });
    const question = { action: 'reveal', context, resource: CONTENT } as const;
    return { effect: effectOf(decision), decisions: [{ kind: 'access', question, decision }], policySet } as const;
  }

  #record(exchange: string, verdict: ContentVerdict, step: ContentStepTaken): Promise<void> {
    const about = { v: 1, kind: 'content', exchange, at: this.#parts.iso(), principal: verdict.by } as const;
    return this.#parts.recorder.append({ ...about, ...told(verdict), ...step });
  }
}

type ContentStepTaken = Omit<ContentRecord, 'v' | 'kind' | 'exchange' | 'at' | 'principal' | 'by' | 'reason'>;

interface ExchangeQuestion extends Pick<RevealContext, 'what' | 'type'> {
  readonly exchange: string;
  readonly verdict: ContentVerdict;
  readonly placeholder?: string;
}

interface ReadExchange {
  readonly payloads: readonly OpenedPayload[];
  readonly captured: readonly CapturedRecord[];
}

/** What is asked about: all that is under lock. */
export const CONTENT: Resource = { kind: 'data-source', id: 'content', groups: [] };

function told({ by, via, reason }: ContentVerdict): Pick<ContentRecord, 'by' | 'reason'> {
  return { by: { id: by.id, via }, reason };
}

function tenantOf({ kind, name }: Subject): string {
  if (kind === 'session') return '';
  return kind === 'tenant' ? name : tenantOfUserSubject(name);
}

function shown(
  { exchange, part, at, content, commitment }: OpenedPayload,
  captured: readonly CapturedRecord[],
  what: 'texts' | 'all',
): ShownPayload {
  const proven = captured.some((record) => record.part === part && record.commitment === commitment);
  const { texts, values } = content;
  return { exchange, part, at, texts, values: what === 'all' ? values : values.length, proven };
}
