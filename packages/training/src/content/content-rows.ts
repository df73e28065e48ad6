import { CONTENT_TYPES, type ContentType } from '@sallyport/detectors';
import { type Answers, answers, type ContentRow, type Question } from './content-row.ts';
import kinds from './kinds.json' with { type: 'json' };

/** A row of a data folder, as far as it is read. */
interface DataRow {
  readonly text: string;
  readonly label: string;
  readonly kind: string;
  readonly source: string;
  readonly subject: string;
}

/** Of longer texts the beginning is read. */
const TEXT_CHARS_MAX = 8_000;
/** How much a row of each source counts. Weak labels count less, and what is no one's question. */
const WEIGHTS = {
  request: 0.5,
  chat: 1,
  document: 0.5,
  functional: 0.4,
  hate: 0.4,
  offensive: 0.1,
  inoffensive: 0.3,
} as const;
const CHAT = ['benign_chat', 'benign_hard', 'benign_output'];
const NOT_HATE: readonly Question[] = ['self-harm', 'sexual', 'illicit', 'weapons', 'malware', 'fraud'];

/**
 * What a row of a data folder says of content; undefined for rows that say nothing of it.
 * @param concepts what the detector's lexicon reads in the text: requests are sorted by it
 */
export function contentRow(value: unknown, concepts: (text: string) => ReadonlySet<string>): ContentRow | undefined {
  const row = dataRow(value);
  if (row === undefined) return undefined;
  const known = row.source === 'mhc' ? functional(row) : (byKind(row, concepts) ?? bySource(row));
  return known === undefined ? undefined : { text: row.text, ...known, generated: false };
}

type Known = Pick<ContentRow, 'answers' | 'weight'>;

function byKind({ kind, source, text }: DataRow, concepts: (text: string) => ReadonlySet<string>): Known | undefined {
  if (source === 'davidson_tweets' || source === 'surge_toxicity') return undefined;
  if (kind === 'harmful_request') return { answers: requestAnswers(concepts(text)), weight: WEIGHTS.request };
  if (!kind.startsWith('benign')) return undefined;
  return { answers: answers([], 0), weight: CHAT.includes(kind) ? WEIGHTS.chat : WEIGHTS.document };
}

/** A harmful request is of the types that its words tell; of those near to them nothing is known. */
function requestAnswers(said: ReadonlySet<string>): Answers {
  const known: Record<Question, 0 | 1 | undefined> = { ...answers([], 0), illicit: 1, harm: 1 };
  for (const { concepts, unknown = [], yes = [] } of kinds.requests) {
    if (!concepts.some((concept) => said.has(concept))) continue;
    for (const type of unknown) known[typeOf(type)] = undefined;
    for (const type of yes) known[typeOf(type)] = 1;
  }
  const { weapon, with: besides } = kinds.weaponRequest;
  if (said.has(weapon) && besides.some((concept) => said.has(concept))) known.weapons = 1;
  return known;
}

/** Functional tests of hate in ten languages: what is none is hard, and profanity in it may still be harassment. */
function functional({ label, subject }: DataRow): Known {
  const weight = WEIGHTS.functional;
  if (label === 'benign') {
    const none = answers([], 0);
    return {
      answers: /profanity|target/.test(subject) ? { ...none, harassment: undefined, harm: undefined } : none,
      weight,
    };
  }
  const hate = { ...answers(['hate'], undefined), ...Object.fromEntries(NOT_HATE.map((type) => [type, 0 as const])) };
  return { answers: { ...hate, 'hate-threatening': subject.includes('threat') ? 1 : 0 }, weight };
}

function bySource({ source, label, subject }: DataRow): Known | undefined {
  const benign = answers([], 0);
  switch (source) {
    case 'davidson_tweets':
      if (subject === '2') return { answers: benign, weight: WEIGHTS.inoffensive };
      return subject === '0'
        ? { answers: { ...answers(['hate'], undefined), 'self-harm': 0 }, weight: WEIGHTS.hate }
        : { answers: { ...answers(['harassment'], undefined), illicit: 0, 'self-harm': 0 }, weight: WEIGHTS.offensive };
    case 'surge_toxicity':
      return label === 'benign'
        ? { answers: benign, weight: WEIGHTS.request }
        : { answers: answers(['harassment'], undefined), weight: 2 * WEIGHTS.offensive };
    case 'hh_harmless':
      return { answers: { ...answers([], undefined), harm: 1 }, weight: 2 * WEIGHTS.offensive };
    default:
      return undefined;
  }
}

function typeOf(name: string): ContentType {
  const type = CONTENT_TYPES.find((one) => one === name);
  if (type === undefined) throw new RangeError(`no such type: ${name}`);
  return type;
}

function dataRow(value: unknown): DataRow | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { text, label, kind, source, meta } = value as Readonly<Record<string, unknown>>;
  if (typeof text !== 'string' || typeof label !== 'string' || typeof kind !== 'string') return undefined;
  if (typeof source !== 'string') return undefined;
  const { func, class: rated, subject } = (meta ?? {}) as Readonly<Record<string, unknown>>;
  const about = String(func ?? rated ?? subject ?? '');
  return { text: text.slice(0, TEXT_CHARS_MAX), label, kind, source, subject: about };
}
