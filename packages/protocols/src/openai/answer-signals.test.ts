import { isFault, type ProviderSignal } from '@sallyport/core';
import { parseJson } from '@sallyport/wire';
import { describe, expect, test } from 'vitest';
import { answerSignals, choiceSignals, messageSignals } from './answer-signals.ts';

type Reading = (name: string, value: Parameters<typeof answerSignals>[1]) => readonly ProviderSignal[];

/** What the reading hears in the members of an object. */
function heard(by: Reading, members: object): readonly string[] {
  const node = parseJson(JSON.stringify(members), { maxDepth: 16, strict: true });
  if (isFault(node) || node.kind !== 'object') throw new Error('no object');
  return node.members
    .flatMap(({ key, value }) => by(key.value, value))
    .map(({ type, score, about }) => `${about} ${type} ${score}`);
}

const FILTERED = { hate: { filtered: true, severity: 'high' }, sexual: { filtered: false, severity: 'safe' } };

describe('answerSignals()', () => {
  test('hears a moderation of input and output, and nothing of one that failed', () => {
    const results = [{ flagged: true, categories: { violence: true }, category_scores: { violence: 0.6 } }];
    const failed = { type: 'error', code: 'x', message: 'not run' };
    expect(heard(answerSignals, { moderation: { input: { results }, output: failed } })).toEqual([
      'input violence 0.6',
    ]);
    expect(heard(answerSignals, { moderation: { input: failed, output: { results } } })).toEqual([
      'output violence 0.6',
    ]);
    expect(heard(answerSignals, { moderation: { input: results[0], output: null } })).toEqual(['input violence 0.6']);
    expect(heard(answerSignals, { moderation: null })).toEqual([]);
  });

  test('hears what Azure found in the prompt, by each of its names, in chunks without choices too', () => {
    const found = ['input hate 1'];
    const entry = { prompt_index: 0, content_filter_results: FILTERED };
    expect(heard(answerSignals, { choices: [], prompt_filter_results: [entry] })).toEqual(found);
    expect(heard(answerSignals, { prompt_annotations: [entry] })).toEqual(found);
    const listed = { blocked: false, source_type: 'prompt', content_filter_results: FILTERED };
    expect(heard(answerSignals, { content_filters: [listed] })).toEqual(found);
    expect(heard(answerSignals, { content_filters: [{ ...listed, source_type: 'completion' }] })).toEqual([
      'output hate 1',
    ]);
  });

  test('hears why a request was refused, and that it was when nothing says why', () => {
    const innererror = { code: 'ResponsibleAIPolicyViolation', content_filter_result: FILTERED };
    expect(heard(answerSignals, { error: { code: 'content_filter', innererror } })).toEqual(['input hate 1']);
    const listed = [{ blocked: true, source_type: 'prompt', content_filter_results: FILTERED }];
    expect(heard(answerSignals, { error: { code: 'content_filter', content_filters: listed } })).toEqual([
      'input hate 1',
    ]);
    expect(heard(answerSignals, { error: { code: 'content_filter' } })).toEqual(['input filtered 1']);
    const mild = { content_filter_result: { hate: { filtered: false, severity: 'low' } } };
    expect(heard(answerSignals, { error: { code: 'content_filter', innererror: mild } })).toEqual([
      'input hate 0.3',
      'input filtered 1',
    ]);
    expect(heard(answerSignals, { error: { code: 'rate_limit_exceeded', innererror: null } })).toEqual([]);
  });

  test('reads nothing into what has another shape', () => {
    for (const odd of [null, 1, 'x', {}, [], [null], [[]], { input: 1 }]) {
      const names = ['moderation', 'prompt_filter_results', 'prompt_annotations', 'content_filters', 'error', 'other'];
      for (const name of names) expect(heard(answerSignals, { [name]: odd })).toEqual([]);
    }
  });
});

describe('choiceSignals()', () => {
  test('hears annotations by each of their names, and the end by a filter', () => {
    expect(heard(choiceSignals, { content_filter_results: FILTERED })).toEqual(['output hate 1']);
    expect(heard(choiceSignals, { content_filter_result: FILTERED })).toEqual(['output hate 1']);
    expect(heard(choiceSignals, { finish_reason: 'content_filter' })).toEqual(['output filtered 1']);
    expect(heard(choiceSignals, { finish_reason: 'stop', text: 'content_filter' })).toEqual([]);
  });
});

describe('messageSignals()', () => {
  test('hears a refusal that says something', () => {
    expect(heard(messageSignals, { refusal: 'I would rather not.' })).toEqual(['input refusal 1']);
    expect(heard(messageSignals, { refusal: null, content: 'refusal' })).toEqual([]);
    expect(heard(messageSignals, { refusal: '' })).toEqual([]);
  });
});
