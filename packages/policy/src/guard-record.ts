import { type FoldedFindings, foldFindings, type GuardQuestion } from '@sallyport/core';
import { FieldsRecord, longOrFailed } from './fields-record.ts';
import { flowFields } from './flow-fields.ts';
import { type RecordValue, type Result, SetValue, type Value } from './value.ts';

const FIELDS = ['risk', 'found', 'score', 'request', 'unseen', 'unchecked'] as const;
const CALL_FIELDS = ['call', 'flow', 'session'] as const;
type Field = (typeof FIELDS)[number];
type CallField = (typeof CALL_FIELDS)[number];

/** `context` of a guard question: a field is made when a policy reads it first, and most questions are decided by few of them. */
export class GuardRecord implements RecordValue {
  readonly #question: GuardQuestion;
  readonly #types: ReadonlySet<string>;
  readonly #made: Partial<Record<Field | CallField, Result>> = {};
  readonly #given: Value | undefined;
  #folded: Required<FoldedFindings> | undefined;

  /**
   * @param types every type of finding that policies may name; those that weren't found count 0
   * @param given the arguments of a call, where policies are asked that know their types
   */
  constructor(question: GuardQuestion, types: ReadonlySet<string>, given?: Value) {
    this.#question = question;
    this.#types = types;
    this.#given = given;
  }

  get(key: string): Result | undefined {
    const made = this.#made;
    switch (key) {
      case 'risk':
        made.risk ??= new FieldsRecord(this.#fold().risk);
        return made.risk;
      case 'found':
        made.found ??= new CountsRecord(this.#fold().found, this.#types);
        return made.found;
      case 'score':
        made.score ??= new CountsRecord(this.#fold().score, this.#types);
        return made.score;
      case 'request':
        made.request ??= requestRecord(this.#question);
        return made.request;
      case 'unseen':
      case 'unchecked':
        made[key] ??= new SetValue(this.#question.context[key]);
        return made[key];
      case 'call':
      case 'flow':
      case 'session':
        if (this.#question.point !== 'tool-call') return undefined;
        if (made[key] === undefined) Object.assign(made, flowFields(this.#question.context.flow));
        return made[key];
      case 'arguments':
        return this.#given;
      default:
        return undefined;
    }
  }

  keys(): Iterable<string> {
    if (this.#question.point !== 'tool-call') return FIELDS;
    return this.#given === undefined ? [...FIELDS, ...CALL_FIELDS] : [...FIELDS, ...CALL_FIELDS, 'arguments'];
  }

  #fold(): Required<FoldedFindings> {
    this.#folded ??= foldFindings(this.#question.context.findings, this.#question.context.earlier);
    return this.#folded;
  }
}

function requestRecord({ context: { request } }: GuardQuestion): FieldsRecord {
  return new FieldsRecord({
    protocol: request.protocol,
    route: request.route,
    model: request.model,
    stream: request.stream,
    tools: new SetValue(request.tools),
    messages: longOrFailed(request.messages),
    bodyBytes: longOrFailed(request.bodyBytes),
  });
}

/** Counts, or highest scores, by type of finding: every known type is there, unknown ones aren't. */
class CountsRecord implements RecordValue {
  readonly #counts: Readonly<Record<string, number>>;
  readonly #types: ReadonlySet<string>;

  constructor(counts: Readonly<Record<string, number>>, types: ReadonlySet<string>) {
    this.#counts = counts;
    this.#types = types;
  }

  get(key: string): Result | undefined {
    if (!this.#types.has(key)) return undefined;
    return Object.hasOwn(this.#counts, key) ? this.#counts[key] : 0;
  }

  keys(): Iterable<string> {
    return this.#types;
  }
}
