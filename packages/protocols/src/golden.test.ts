import {
  type AnswerCodec,
  isFault,
  type Lane,
  oneByOne,
  type ParsedRequest,
  type ProtocolAdapter,
  type WireEvent,
} from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { protocols } from './index.ts';
import { type AnswerSample, parseSample, SAMPLE_LIMITS, samplesOf } from './testing/samples.ts';

/** What is read from the fixtures, written out for people: a change of it shows in the review. */
for (const adapter of protocols) {
  // The same bytes at other paths.
  if (adapter.id.startsWith('azure-')) continue;
  const { requests, answers } = samplesOf(adapter);
  const golden = (name: string) => new URL(`./${adapter.id}/fixtures/golden/${name}.txt`, import.meta.url).pathname;
  describe(`${adapter.id}: request()`, () => {
    for (const sample of requests) {
      test(`reads ${sample.name} as written down`, async () => {
        const lines = requestLines(parseSample(adapter, sample));
        await expect(lines).toMatchFileSnapshot(golden(`request-${sample.name}`));
      });
    }
  });
  describe(`${adapter.id}: answer()`, () => {
    for (const sample of answers) {
      test(`reads ${sample.name} as written down`, async () => {
        await expect(answerLines(adapter, sample)).toMatchFileSnapshot(golden(`answer-${sample.name}`));
      });
    }
  });
}

function requestLines(parsed: ParsedRequest): string {
  const lines = [JSON.stringify(parsed.facts)];
  for (const [index, slice] of parsed.slices.entries()) {
    const content = slice.open();
    if (isFault(content)) throw new Error(content.fault);
    lines.push(`${index} ${slice.kind}`);
    for (const { point, origin, text, at, fixed } of content.segments) {
      const tool = origin.tool === undefined ? '' : ` (${origin.tool})`;
      const inner = at.inner === undefined ? '' : ' inside';
      lines.push(`  ${point} ${origin.role} ${origin.field}${tool}${inner}${fixedOf(fixed)}: ${JSON.stringify(text)}`);
    }
    for (const { kind, at, bytes: size } of content.unseen) lines.push(`  unseen ${kind} ${at} ${size} bytes`);
  }
  return `${lines.join('\n')}\n`;
}

function answerLines(adapter: ProtocolAdapter, { bytes, head, request }: AnswerSample): string {
  const codec = adapter.answer(parseSample(adapter, request), head, SAMPLE_LIMITS);
  const lanes = new Map<string, Lane>();
  const texts = new Map<string, string>();
  const lines: string[] = [];
  for (const event of eventsOf(codec, bytes)) {
    if (event.facts !== undefined) lines.push(`facts ${JSON.stringify(event.facts)}`);
    for (const { id, point, release, fixed } of event.opens) {
      lines.push(`open ${id}: ${point}, ${release}${fixedOf(fixed)}`);
    }
    for (const { lane, text, echo } of event.parts) {
      if (echo === undefined) texts.set(lane, (texts.get(lane) ?? '') + text);
      lines.push(`${lane}${echo === undefined ? '' : ` again from ${echo.from}`}: ${JSON.stringify(text)}`);
    }
    for (const { kind, at, bytes: size } of event.unseen) lines.push(`unseen ${kind} ${at} ${size}`);
    for (const { type, score, about } of event.signals ?? []) lines.push(`signal ${type} ${score} about the ${about}`);
    for (const id of event.closes) lines.push(`close ${id}`);
    for (const lane of event.opens) lanes.set(lane.id, lane);
    for (const id of event.closes) {
      const lane = lanes.get(id);
      if (lane?.release !== 'whole') continue;
      for (const leaf of codec.leaves(lane, texts.get(id) ?? '')) {
        lines.push(
          `leaf ${leaf.origin.field} of ${leaf.origin.tool}${leaf.literal ? '' : ' as it stands'}: ${JSON.stringify(leaf.text)}`,
        );
      }
    }
    lines.push(event.terminal ? 'end' : '--');
  }
  return `${lines.join('\n')}\n`;
}

function fixedOf(fixed: boolean | undefined): string {
  return fixed === true ? ', fixed' : '';
}

function eventsOf(codec: AnswerCodec, bytes: Uint8Array): readonly WireEvent[] {
  const first = codec.push(bytes);
  const last = codec.end();
  if (isFault(first) || isFault(last)) throw new Error('the fixture cannot be read');
  return [...first, ...last].flatMap(oneByOne);
}
