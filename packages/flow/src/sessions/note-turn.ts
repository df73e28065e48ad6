import { isSpoken, type SliceContent, TextMark, type ToolCall, type TurnNote } from '@sallyport/core';
import { canonicalArguments } from '@sallyport/wire';
import { isTellingId } from './is-telling-id.ts';

export type Fingerprinter = (value: string) => string;

/** What later requests must know of a message. Cost: O(length). */
export function noteTurn(content: SliceContent, fingerprint: Fingerprinter): TurnNote {
  const { segments, calls = [], results = [] } = content;
  const isAssistant = segments.some(({ origin }) => origin.role === 'assistant');
  const ids = [...calls, ...results].flatMap(({ id = '', tool }) => (isTellingId(id, tool) ? [id] : []));
  return {
    ...(isAssistant && { said: printsOf([textOf(content)], calls, fingerprint) }),
    callIds: [...new Set(ids)],
    results: results.map(({ text, id = '', tool }, at) => ({
      text: fingerprint(`result ${text}`),
      ...(isTellingId(id, tool) && { callId: id }),
      segments: segmentsOf(content, at),
    })),
  };
}

/** By what an answer is known again: each of its texts and calls, in no order, since clients keep none. */
export function printsOf(
  texts: readonly TextMark[],
  calls: readonly ToolCall[],
  fingerprint: Fingerprinter,
): readonly string[] {
  return [
    ...texts.filter(({ isEmpty }) => !isEmpty).map(({ print }) => fingerprint(`said ${print}`)),
    ...calls.map(({ tool, arguments: given }) =>
      fingerprint(`call ${JSON.stringify(tool)} ${canonicalArguments(given)}`),
    ),
  ];
}

/** What the assistant says in one message is one text, in however many parts. */
function textOf({ segments }: SliceContent): TextMark {
  const mark = new TextMark();
  for (const segment of segments) if (isSpoken(segment) && segment.isName !== true) mark.push(segment.text);
  return mark;
}

/** Which segments hold a result: of the only one of its slice all that a tool brought, else those up to the next result. */
function segmentsOf({ segments, results = [] }: SliceContent, at: number): readonly number[] {
  const brought = segments.flatMap(({ point }, index) => (point === 'tool-result' ? [index] : []));
  if (results.length < 2) return brought;
  const [from = 0, to = segments.length] = [results[at]?.segment, results[at + 1]?.segment];
  return brought.filter((index) => index >= from && index < to);
}
