import type { Ruling } from './decide.ts';
import type { CaptureOrder } from './decision.ts';
import type { Finding } from './detector.ts';
import type { CapturedText, PayloadContent, VaultedValue } from './payload-store.ts';
import type { PlaceholderTable } from './placeholders.ts';
import type { CaptureForm, Category, Effect } from './vocabulary.ts';

/** Bounds on what is put under lock, bytes of UTF-8. */
export interface CaptureLimits {
  /** Of one text, or value. A longer text loses its end, a longer value is left out. */
  readonly maxTextBytes: number;
  /** Of an exchange, both ways. Texts and values beyond are left out. */
  readonly maxExchangeBytes: number;
}

/** What is put under lock of one part of an exchange, within bounds. */
export class CaptureBook {
  private readonly limits: CaptureLimits;
  private readonly texts: CapturedText[] = [];
  private readonly values = new Map<string, VaultedValue>();
  /** UTF-8 size of all that is in it. */
  bytes = 0;
  /** Texts and values that were left out. */
  left = 0;
  /** Characters that were cut off texts. */
  cutChars = 0;

  constructor(limits: CaptureLimits) {
    this.limits = limits;
  }

  get isEmpty(): boolean {
    return this.texts.length + this.values.size + this.left === 0;
  }

  get content(): PayloadContent {
    return { texts: this.texts, values: [...this.values.values()] };
  }

  /** @param cutChars characters that are missing at its end already */
  add(captured: Omit<CapturedText, 'cutChars'>, cutChars = 0): void {
    const { maxTextBytes, maxExchangeBytes } = this.limits;
    const { text, bytes } = prefixOf(captured.text, Math.min(maxTextBytes, maxExchangeBytes - this.bytes));
    if (text === '' && captured.text !== '') {
      this.left += 1;
      return;
    }
    const cut = cutChars + captured.text.length - text.length;
    this.bytes += bytes;
    this.cutChars += cut;
    this.texts.push({ ...captured, text, ...(cut > 0 && { cutChars: cut }) });
  }

  addValue(vaulted: VaultedValue): void {
    const { maxTextBytes, maxExchangeBytes } = this.limits;
    if (this.values.has(vaulted.placeholder)) return;
    const { text, bytes } = prefixOf(vaulted.value, Math.min(maxTextBytes, maxExchangeBytes - this.bytes));
    if (text.length < vaulted.value.length) {
      this.left += 1;
      return;
    }
    this.bytes += bytes;
    this.values.set(vaulted.placeholder, vaulted);
  }

  /** A text is left out. */
  leave(): void {
    this.left += 1;
  }
}

/** The longest beginning of a text that takes no more than so many bytes of UTF-8, whole characters only. */
export function prefixOf(text: string, maxBytes: number): { readonly text: string; readonly bytes: number } {
  let bytes = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) ?? 0;
    const more = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
    if (bytes + more > maxBytes) return { text: text.slice(0, at), bytes };
    bytes += more;
    at += code < 0x1_0000 ? 1 : 2;
  }
  return { text, bytes };
}

/** In which form policy wants the texts of a decision, given what the decision came to; of several the one that says more. */
export function formOf(orders: readonly CaptureOrder[] | undefined, effect: Effect): CaptureForm | undefined {
  if (orders === undefined) return undefined;
  const due = orders.filter(({ effects }) => effects?.includes(effect) !== false);
  return due.find(({ form }) => form === 'raw')?.form ?? due[0]?.form;
}

export function formOfRuling({ decision, effect }: Pick<Ruling, 'decision' | 'effect'>): CaptureForm | undefined {
  return formOf(decision.capture, effect);
}

const MASKED: ReadonlySet<Category> = new Set<Category>(['secrets', 'personal-data']);

/** What stands in the place of a secret, or personal data, in the redacted form: its placeholder, if it has one; nothing for other findings. */
export function maskFor(
  { category, type, fingerprint }: Pick<Finding, 'category' | 'type' | 'fingerprint'>,
  placeholders: PlaceholderTable,
): string | undefined {
  if (!MASKED.has(category)) return undefined;
  return `[${placeholders.find(type, fingerprint) ?? type.toUpperCase().replaceAll('-', '_')}]`;
}
