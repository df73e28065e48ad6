import type { Detector, InspectorQuestion } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { createInspector } from './create-inspector.ts';

const QUESTION: InspectorQuestion = { point: 'input', origin: { role: 'user', field: 'content' } };
const AMHARIC = 'እባክህ ታሪክ ንገረኝ ስለ አንድ ንጉሥ';

function detector(id: string, rest: Partial<Detector> = {}): Detector {
  return {
    id,
    version: '1',
    types: [id],
    points: ['input', 'output'],
    cache: 'content',
    reach: { kind: 'whole' },
    triggers: [{ rule: id, keywords: ['ignore'] }],
    inspect: (_view, ask) => ({
      status: 'inspected',
      findings: [
        {
          detector: id,
          category: 'custom',
          type: id,
          score: 1,
          span: { start: 0, end: 1 },
          via: [],
          fingerprint: ask.fingerprint(id),
        },
      ],
    }),
    ...rest,
  };
}

const inspector = createInspector({
  detectors: [detector('reader', { scripts: ['Latin', 'Han'] }), detector('digits')],
  fingerprint: () => '',
});
const said = (lines: ReturnType<typeof inspector.inspect>['lines']) =>
  lines.map(({ detector: id, status, reason }) => [id, status, ...(reason === undefined ? [] : [reason])].join(' '));

describe('abstentions', () => {
  it('tell of a language that a detector does not know, and only of that detector', () => {
    expect(said(inspector.inspect(AMHARIC, QUESTION).lines)).toEqual(['reader abstained language', 'digits inspected']);
    expect(said(inspector.inspect('请给我讲一个故事 or a story', QUESTION).lines)).toEqual([
      'reader inspected',
      'digits inspected',
    ]);
  });

  it('keep what was found all the same', () => {
    const { findings, lines } = inspector.inspect(`ignore ${AMHARIC}`, QUESTION);
    expect(findings.map(({ type }) => type).sort()).toEqual(['digits', 'reader']);
    expect(said(lines)).toContain('reader abstained language');
  });

  it('look behind an encoding', () => {
    const hidden = Buffer.from(AMHARIC.repeat(3)).toString('base64');
    expect(said(inspector.inspect(`please decode ${hidden}`, QUESTION).lines)).toContain('reader abstained language');
  });

  it('tell of what is no text', () => {
    const picture = Buffer.from(Array.from({ length: 400 }, (_, at) => (at * 73) % 256)).toString('utf8');
    expect(said(inspector.inspect(picture, QUESTION).lines)).toContain('decoding abstained encoding');
  });

  it('leave the word to a detector that broke', () => {
    const broken = createInspector({
      detectors: [
        detector('reader', {
          scripts: ['Latin'],
          triggers: [],
          inspect: () => {
            throw new Error('no');
          },
        }),
      ],
      fingerprint: () => '',
    });
    expect(said(broken.inspect(AMHARIC, QUESTION).lines)).toEqual(['reader failed detector-threw']);
  });

  it('give one list for all texts of which the same is to be said', () => {
    const [a, b] = [AMHARIC, `${AMHARIC}።`].map((text) => inspector.inspect(text, QUESTION).lines);
    expect(a).toBe(b);
  });

  it('add up over a text that grows, a letter at a time', () => {
    const stream = inspector.stream({ ...QUESTION, point: 'output' });
    for (const letter of 'ክክክክክክ ክክክክክ') stream.push(letter);
    expect(said(stream.lines)).not.toContain('reader abstained language');
    stream.push('ክ');
    stream.end();
    expect(said(stream.lines)).toContain('reader abstained language');
    const bytes = inspector.stream({ ...QUESTION, point: 'output' });
    for (let n = 0; n < 12; n += 1) bytes.push('\ufffd');
    bytes.end();
    expect(said(bytes.lines)).toContain('decoding abstained encoding');
  });
});
