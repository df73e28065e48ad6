import { isFault } from '@sallyport/core';
import { parseJson } from '@sallyport/wire';
import { describe, expect, test } from 'vitest';
import { furtherModels, furtherModelsIn, furtherModelsOfTool } from './further-models.ts';

function nodeOf(value: object) {
  const node = parseJson(JSON.stringify(value), { maxDepth: 32, strict: true });
  if (isFault(node)) throw new Error(node.fault);
  return node;
}

const beside = (body: object, model = 'm') => furtherModels(nodeOf({ model: 'm', ...body }), model)?.at;

describe('furtherModels()', () => {
  test.each<[string, object, string]>([
    ['a list of further models', { models: ['m', 'other'] }, '/models'],
    ['a list without the own one', { models: ['other'] }, '/models'],
    ['one in the place of a list', { models: 'other' }, '/models'],
    ['a fallback that the router chooses', { route: 'fallback' }, '/route'],
    ['a preset, which may name models', { preset: 'p' }, '/preset'],
    ['fallbacks of a proxy', { fallbacks: [{ m: ['other'] }] }, '/fallbacks'],
    ['fallbacks of Anthropic', { fallbacks: [{ model: 'm' }, { model: 'other' }] }, '/fallbacks'],
    ['fallbacks of the provider’s choice', { fallbacks: 'default' }, '/fallbacks'],
    ['a fallback that names more', { fallbacks: [{ model: 'm', models: ['x'] }] }, '/fallbacks'],
    ['a model that drafts', { draft_model: 'small' }, '/draft_model'],
    ['options of a gateway', { providerOptions: { gateway: { models: ['x'] } } }, '/providerOptions/gateway/models'],
    ['fields beside the body', { extra_body: { models: ['x'] } }, '/extra_body/models'],
    ['a plugin', { plugins: [{ id: 'web' }, { id: 'fusion', analysis_models: ['x'] }] }, '/plugins/1/analysis_models'],
    ['preferences', { provider: { order: ['a'], fallbackModelName: 'x' } }, '/provider/fallbackModelName'],
    ['another case', { MODELS: ['x'] }, '/MODELS'],
    ['letters that fold to others', { model\u017f: ['x'] }, '/model\u017f'],
    ['a moderation by what is none', { moderation: { model: 'gpt-5' } }, '/moderation/model'],
    ['a path that has to be escaped', { 'a/b': { models: ['x'] } }, '/a~1b/models'],
    ['a fallback that is switched on', { fallback: true }, '/fallback'],
  ])('finds %s', (_, body, at) => {
    expect(beside(body)).toBe(at);
  });

  test.each<[string, object]>([
    ['the own model again', { models: ['m'], fallbacks: [{ model: 'm' }], draft_model: 'm' }],
    ['what is not set', { models: null, route: null, preset: null, fallbacks: [], fallback: false }],
    [
      'which of its hosts a router asks for the model',
      { provider: { order: ['a', 'b'], only: ['a'], allow_fallbacks: true, sort: 'price', data_collection: 'deny' } },
    ],
    ['models that are left out', { plugins: [{ id: 'auto-router', allowed_models: ['a/*'] }] }],
    ['a moderation', { moderation: { model: 'omni-moderation-latest' } }],
    [
      'notes, documents and schemas of the caller',
      { metadata: { model: 'x', route: 'y' }, documents: [{ model: 'x' }] },
    ],
    ['a schema', { response_format: { json_schema: { schema: { properties: { model: { type: 'string' } } } } } }],
  ])('lets %s be', (_, body) => {
    expect(beside(body)).toBeUndefined();
  });

  test('takes a preset behind a model for another model', () => {
    expect(beside({}, 'a/m@preset/p')).toBe('/model');
    expect(beside({}, '@preset/p')).toBeUndefined();
  });
});

const inTool = (tool: object | string) => {
  const source = Buffer.from(typeof tool === 'string' ? tool : JSON.stringify(tool)).toString('latin1');
  return furtherModelsOfTool(source, { start: 0, end: source.length }, 'm')?.at;
};

describe('furtherModelsOfTool()', () => {
  test('finds the model of a tool of the provider’s own, and lets schemas say what they like', () => {
    expect(inTool({ type: 'openrouter:advisor', parameters: { model: 'x' } })).toBe('/parameters/model');
    expect(inTool('{"type":"advisor","mode\\u006c":"x"}')).toBe('/model');
    expect(inTool({ type: 'advisor', model\u017f: 'x' })).toBe('/model\u017f');
    expect(inTool({ type: 'function', function: { name: 'f' }, model: 'x' })).toBe('/model');
    const schema = { type: 'object', properties: { model: { type: 'string' }, route: { type: 'string' } } };
    expect(inTool({ type: 'function', function: { name: 'f', parameters: schema } })).toBeUndefined();
    expect(inTool({ type: 'function', name: 'f', parameters: schema })).toBeUndefined();
    expect(inTool({ name: 'f', parameters: schema })).toBeUndefined();
    expect(inTool({ type: 'advisor', model: 'm' })).toBeUndefined();
  });

  test('compares names as they are, in whatever letters', () => {
    const source = Buffer.from('{"type":"advisor","model":"mödel"}').toString('latin1');
    const range = { start: 0, end: source.length };
    expect(furtherModelsOfTool(source, range, 'mödel')).toBeUndefined();
    expect(furtherModelsOfTool(source, range, 'modell')?.at).toBe('/model');
  });
});

describe('furtherModelsIn()', () => {
  test('looks at fields that go to a model as they are, and at the tools among them', () => {
    expect(furtherModelsIn(nodeOf({ model: 'x' }), 'm')?.at).toBe('/model');
    expect(furtherModelsIn(nodeOf({ fallbacks: [{ model: 'x' }] }), 'm')?.at).toBe('/fallbacks');
    const client = { name: 'f', input_schema: { properties: { model: { type: 'string' } } } };
    expect(furtherModelsIn(nodeOf({ tools: [client] }), 'm')).toBeUndefined();
    expect(furtherModelsIn(nodeOf({ tools: [client, { type: 'advisor', model: 'x' }] }), 'm')?.at).toBe('/model');
  });
});
