import type { Fault } from '@sallyport/core';
import type { FeatureOptions } from './features.ts';

/** One question that a model answers. */
export interface LinearHead {
  /** What is asked, kebab-case. */
  readonly name: string;
  readonly bias: number;
  /** A weight of 1 in the file stands for this much, above 0. */
  readonly scale: number;
  /** What log-odds are worth, by the script of the text; absent: not calibrated. */
  readonly calibration?: Readonly<Record<ScriptGroup, Line>>;
}

/** Scripts in which one window holds more or fewer words, and of which training saw more or less. */
export const SCRIPT_GROUPS = ['latin', 'cjk', 'other'] as const;
export type ScriptGroup = (typeof SCRIPT_GROUPS)[number];

/** `slope · log-odds + offset`. */
export interface Line {
  /** Above 0. */
  readonly slope: number;
  readonly offset: number;
}

/** What a model's file holds. */
export interface LinearWeights {
  readonly features: FeatureOptions;
  /** A text is scored in windows of so many UTF-16 units, which overlap by half; 0: as a whole. */
  readonly windowChars: number;
  /** 1..64. */
  readonly heads: readonly LinearHead[];
  /** Of each bucket the weight for every head, side by side. */
  readonly weights: Int8Array;
}

/** `SLPM`. */
const MAGIC = 0x534c504d;
const FORMAT = 1;
const PREFIX_BYTES = 12;
const HEADER_BYTES_MAX = 65_536;
const HEADS_MAX = 64;
const WINDOW_CHARS_MAX = 65_536;
/** Numbers of a header: far above what training yields, far below what could overflow. */
const NUMBER_MAX = 1e6;

/** The bytes of a model: magic, format, length of the header, header (JSON), one byte a weight. Equal models, equal bytes. */
export function writeModel({ features, windowChars, heads, weights }: LinearWeights): Uint8Array {
  const header = Buffer.from(JSON.stringify({ features, windowChars, heads }), 'utf8');
  const bytes = Buffer.alloc(PREFIX_BYTES + header.length + weights.length);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt32BE(FORMAT, 4);
  bytes.writeUInt32BE(header.length, 8);
  header.copy(bytes, PREFIX_BYTES);
  bytes.set(new Uint8Array(weights.buffer, weights.byteOffset, weights.length), PREFIX_BYTES + header.length);
  return bytes;
}

/** Reads what `writeModel()` wrote. Anything else is a fault that names the byte at which it went wrong. Weights are not copied. */
export function readModel(bytes: Uint8Array): LinearWeights | Fault {
  if (bytes.length < PREFIX_BYTES) return broken(bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) !== MAGIC) return broken(0);
  if (view.getUint32(4) !== FORMAT) return broken(4);
  const headerBytes = view.getUint32(8);
  const from = PREFIX_BYTES + headerBytes;
  if (headerBytes > HEADER_BYTES_MAX || from > bytes.length) return broken(8);
  const header = headerOf(bytes.subarray(PREFIX_BYTES, from));
  if (header === undefined) return broken(PREFIX_BYTES);
  const size = 2 ** header.features.bits * header.heads.length;
  if (bytes.length - from !== size) return broken(Math.min(bytes.length, from + size));
  return { ...header, weights: new Int8Array(bytes.buffer, bytes.byteOffset + from, size) };
}

function broken(at: number): Fault {
  return { fault: 'MODEL_INVALID', at: String(at) };
}

function headerOf(bytes: Uint8Array): Omit<LinearWeights, 'weights'> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const features = featuresOf(value.features);
  const windowChars = value.windowChars;
  const heads = headsOf(value.heads);
  if (features === undefined || heads === undefined || !isWhole(windowChars, [0, WINDOW_CHARS_MAX])) return undefined;
  // Halves of windows are counted in whole units.
  return windowChars % 2 === 0 ? { features, windowChars, heads } : undefined;
}

function featuresOf(value: unknown): FeatureOptions | undefined {
  if (!isRecord(value) || !isWhole(value.bits, [8, 22])) return undefined;
  const { bits, words, letters } = value;
  if (words !== 1 && words !== 2) return undefined;
  if (letters === undefined) return { bits, words };
  if (!Array.isArray(letters) || letters.length !== 2) return undefined;
  const [from, to]: readonly unknown[] = letters;
  if (!isWhole(from, [2, 8]) || !isWhole(to, [from, 8])) return undefined;
  return { bits, words, letters: [from, to] };
}

function headsOf(value: unknown): readonly LinearHead[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > HEADS_MAX) return undefined;
  const heads: LinearHead[] = [];
  for (const head of value) {
    if (!isRecord(head)) return undefined;
    const { name, bias, scale } = head;
    if (typeof name !== 'string' || !isNumber(bias) || !isNumber(scale) || scale <= 0) return undefined;
    if (head.calibration === undefined) heads.push({ name, bias, scale });
    else {
      const calibration = calibrationOf(head.calibration);
      if (calibration === undefined) return undefined;
      heads.push({ name, bias, scale, calibration });
    }
  }
  return heads;
}

function calibrationOf(value: unknown): Readonly<Record<ScriptGroup, Line>> | undefined {
  if (!isRecord(value)) return undefined;
  const [latin, cjk, other] = [lineOf(value.latin), lineOf(value.cjk), lineOf(value.other)];
  return latin && cjk && other && { latin, cjk, other };
}

function lineOf(value: unknown): Line | undefined {
  if (!isRecord(value)) return undefined;
  const { slope, offset } = value;
  return isNumber(slope) && slope > 0 && isNumber(offset) ? { slope, offset } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= NUMBER_MAX;
}

function isWhole(value: unknown, [from, to]: readonly [number, number]): value is number {
  return Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
}
