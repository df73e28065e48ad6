import { CHANNELS, type Channel } from '@sallyport/core';
import heads from '../eval/heads.json' with { type: 'json' };
import { linesOf, openText } from '../lines.ts';
import { fileInput, itemsOf } from '../scan/scan-items.ts';

/** One text of a sample, and what it is. */
export interface SampleText {
  readonly text: string;
  readonly channel: Channel;
  /** Speaks as the system, not as a user. */
  readonly isSystem: boolean;
  readonly isAttack: boolean;
}

export interface SampleFile {
  readonly file: string;
  readonly shown: string;
  /** Of texts that don't say theirs. */
  readonly channel: Channel;
  readonly maxTextBytes: number;
}

/**
 * The texts of a file: of JSON lines each row's, of any other file all of it. A row without a label is taken for honest.
 * @returns undefined in place of what cannot be read, or is an attack of another kind than those that are calibrated
 */
export async function* sampleTexts(
  { file, shown, channel, maxTextBytes }: SampleFile,
  onBytes: (bytes: number) => void,
): AsyncGenerator<SampleText | undefined> {
  if (!/\.jsonl(?:\.gz)?$/.test(file)) {
    for await (const item of itemsOf(fileInput(file, shown, onBytes), { maxTextBytes, field: undefined })) {
      yield 'text' in item ? { text: item.text, channel, isSystem: false, isAttack: false } : undefined;
    }
    return;
  }
  for await (const { text, tooLong } of linesOf(openText(file, onBytes))) {
    yield tooLong ? undefined : sampleRow(text, channel);
  }
}

function sampleRow(line: string, fallback: Channel): SampleText | undefined {
  const row = objectIn(line);
  if (typeof row?.text !== 'string') return undefined;
  const { text, label = 'benign', kind, channel } = row;
  if (label !== 'benign' && label !== 'attack') return undefined;
  if (label === 'attack' && heads.injection.otherKinds.includes(kind as never)) return undefined;
  const own = CHANNELS.find((one) => one === channel);
  return { text, channel: own ?? fallback, isSystem: kind === 'system_prompt', isAttack: label === 'attack' };
}

function objectIn(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
