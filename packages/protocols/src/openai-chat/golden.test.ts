import { readdirSync, readFileSync } from 'node:fs';
import { type AnswerCodec, isFault, type Lane, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { openaiChat } from './openai-chat.ts';

/** What is read from the fixtures, written out for people: a change of it shows in the review. */
const LIMITS = { maxDepth: 32, maxBodyBytes: 1_000_000 };
const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  sse: 'text/event-stream',
  html: 'text/html',
};
const folder = (kind: string) => new URL(`./fixtures/${kind}/`, import.meta.url);
const golden = (name: string) => new URL(`./fixtures/golden/${name}.txt`, import.meta.url).pathname;

describe('request()', () => {
  for (const name of readdirSync(folder('requests'))) {
    test(`reads ${name} as written down`, async () => {
      await expect(requestLines(readFileSync(new URL(name, folder('requests'))))).toMatchFileSnapshot(
        golden(`request-${name}`),
      );
    });
  }
});

describe('answer()', () => {
  for (const name of readdirSync(folder('answers'))) {
    test(`reads ${name} as written down`, async () => {
      const bytes = readFileSync(new URL(name, folder('answers')));
      await expect(answerLines(name, bytes)).toMatchFileSnapshot(golden(`answer-${name}`));
    });
  }
});

function requestLines(bytes: Uint8Array): string {
  const parsed = openaiChat.request(bytes, LIMITS);
  if (isFault(parsed)) throw new Error(parsed.fault);
  const lines = [JSON.stringify(parsed.facts)];
  for (const [index, slice] of parsed.slices.entries()) {
    const content = slice.open();
    if (isFault(content)) throw new Error(content.fault);
    lines.push(`${index} ${slice.kind}`);
    for (const { point, origin, text, at } of content.segments) {
      const tool = origin.tool === undefined ? '' : ` (${origin.tool})`;
      const inner = at.inner === undefined ? '' : ' inside';
      lines.push(`  ${point} ${origin.role} ${origin.field}${tool}${inner}: ${JSON.stringify(text)}`);
    }
    for (const { kind, at, bytes: size } of content.unseen) lines.push(`  unseen ${kind} ${at} ${size} bytes`);
  }
  return `${lines.join('\n')}\n`;
}

function answerLines(name: string, bytes: Uint8Array): string {
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const request = readFileSync(new URL('multimodal.json', folder('requests')));
  const parsed = openaiChat.request(request, LIMITS);
  if (isFault(parsed)) throw new Error(parsed.fault);
  const status = Number(/\d{3}/.exec(name)?.[0] ?? 200);
  const codec = openaiChat.answer(parsed, { status, contentType: TYPES[extension] ?? '' }, LIMITS);
  const lanes = new Map<string, Lane>();
  const texts = new Map<string, string>();
  const lines: string[] = [];
  for (const event of eventsOf(codec, bytes)) {
    if (event.facts !== undefined) lines.push(`facts ${JSON.stringify(event.facts)}`);
    for (const { id, point, release } of event.opens) lines.push(`open ${id}: ${point}, ${release}`);
    for (const { lane, text, echo } of event.parts) {
      if (echo === undefined) texts.set(lane, (texts.get(lane) ?? '') + text);
      lines.push(`${lane}${echo === undefined ? '' : ` again from ${echo.from}`}: ${JSON.stringify(text)}`);
    }
    for (const { kind, at, bytes: size } of event.unseen) lines.push(`unseen ${kind} ${at} ${size}`);
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

function eventsOf(codec: AnswerCodec, bytes: Uint8Array): readonly WireEvent[] {
  const first = codec.push(bytes);
  const last = codec.end();
  if (isFault(first) || isFault(last)) throw new Error('the fixture cannot be read');
  return [...first, ...last];
}
