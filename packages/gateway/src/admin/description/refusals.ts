import { ERRORS, type ErrorCode } from '@sallyport/core';
import type { CallAbout } from './call-about.ts';

/** Whoever asks may be told so, whatever they ask. */
const ALWAYS = ['ACCESS_DENIED', 'INTERNAL', 'STORE_BROKEN'] as const satisfies readonly ErrorCode[];
/** Of calls that take an operator. */
const OF_OPERATORS = [
  'KEY_MISSING',
  'KEY_INVALID',
  'KEY_EXPIRED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'CERTIFICATE_INVALID',
  'IDENTITY_UNAVAILABLE',
  'ROLE_MISSING',
  'RATE_LIMITED',
  'RECORD_FAILED',
] as const satisfies readonly ErrorCode[];

type Json = Readonly<Record<string, unknown>>;

export interface Refusing {
  readonly path: string;
  /** Whether it takes no operator. */
  readonly isOpen: boolean;
  readonly call: CallAbout;
}

/** With what calls are refused: each combination of codes is described once, and named by its status. */
export class Refusals {
  readonly #names = new Map<string, string>();
  readonly #described: Record<string, Json> = {};

  get described(): Json {
    return this.#described;
  }

  /** References by status, for one call. */
  of(refusing: Refusing): Json {
    const byStatus = new Map<number, ErrorCode[]>();
    for (const code of codesOf(refusing)) {
      const { status } = ERRORS[code];
      byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
    }
    return Object.fromEntries(
      [...byStatus].map(([status, codes]) => [
        status,
        { $ref: `#/components/responses/${this.#nameOf(status, codes)}` },
      ]),
    );
  }

  #nameOf(status: number, codes: readonly ErrorCode[]): string {
    const key = codes.join(' ');
    let name = this.#names.get(key);
    if (name !== undefined) return name;
    const like = Object.keys(this.#described).filter((known) => known.startsWith(`Refused${status}`)).length;
    name = `Refused${status}${like === 0 ? '' : `-${like + 1}`}`;
    this.#names.set(key, name);
    this.#described[name] = {
      description: codes.map((code) => ERRORS[code].message).join('; '),
      'x-codes': codes,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
    return name;
  }
}

function codesOf({ path, isOpen, call: { query, body, faults = [] } }: Refusing): ReadonlySet<ErrorCode> {
  const reads = query !== undefined || body !== undefined || path.includes(':');
  return new Set<ErrorCode>([
    ...ALWAYS,
    ...(isOpen ? [] : OF_OPERATORS),
    ...(reads ? (['BODY_SHAPE'] as const) : []),
    ...faults,
  ]);
}
