import { Buffer } from 'node:buffer';
import { type Fault, isFault } from '@sallyport/core';
import {
  type ByteRange,
  isNull,
  type JsonNode,
  parseJson,
  pointerToken,
  stringOf,
  type TextCollector,
} from '@sallyport/wire';
import { isModelName } from '../fields.ts';
import names from './further-models.json' with { type: 'json' };

/** What a member is called that names a model, or several: `models`, `draft_model`, `modelName`. */
const MODELS = /models?(?:[_-]?(?:name|id)s?)?$/;
/** Others that do. */
const FALLBACKS: ReadonlySet<string> = new Set(names.fallbacks);
/** Those of a like name that only leave models out. */
const NARROWING: ReadonlySet<string> = new Set(names.narrowing);
/** Members that leave the choice of models to what the provider has stored, or to the provider itself. */
const ROUTERS: ReadonlySet<string> = new Set(names.routers);
/** Members at the top whose content is nobody's format: a schema, a caller's notes, a document. */
const FREE: ReadonlySet<string> = new Set(names.free);
/** Kinds of tools that hold a schema, in which a property may be called `model`; a kind that is not said is one of them. */
const SCHEMED: ReadonlySet<string> = new Set(['function', 'custom']);
const SCHEMAS: ReadonlySet<string> = new Set(['custom', 'function', 'input_schema', 'parameters']);
/** What a definition holds that could name a model: the words, an escape, or in UTF-8 a letter that folds to one of theirs. */
const NAMES_ONE = /model|fallback|preset|route|\\u|\xc5\xbf|\xe2\x84\xaa/i;
/** Deep enough for every definition that is taken; a deeper one is refused when it is opened. */
const TOOL_DEPTH = 512;
/** Of what OpenRouter keeps for a caller under a name: instructions, and models. Behind another model it stands for that one too. */
const PRESET = '@preset/';
/** Where OpenAI is asked for a moderation beside the answer, by a model that only gives scores, such as `omni-moderation-latest`. */
const SCORED = '/moderation/model';
const SCORES = /(?:^|-)moderation(?:-|$)/;

/**
 * The first member beside messages and definitions by which a provider could use another model than `model`, the one that
 * access policy judges. Such a body is refused: policies of the guard set may speak of models too, and hold for one of them.
 *
 * Sources: OpenRouter "Model Fallbacks" (`models`, `route`, `preset`), Vercel AI Gateway "Provider Options"
 * (`providerOptions.gateway.models`), OpenRouter "Presets", LiteLLM "Fallbacks", LM Studio "Speculative Decoding" (`draft_model`), Anthropic
 * (`fallbacks`). Which of its own hosts a router asks for that model (`provider.order`) is left to it: without that
 * member it may ask any.
 */
export function furtherModels(rest: JsonNode, model: string): Fault | undefined {
  if (model.indexOf(PRESET) > 0) return { fault: 'FURTHER_MODELS', at: '/model' };
  if (rest.kind !== 'object') return undefined;
  for (const { key, value } of rest.members) {
    // The body's own model was judged, or the path names it.
    if (key.value === 'model' || FREE.has(key.value)) continue;
    const at = strange(key.value, value, { model, path: `/${pointerToken(key.value)}` });
    if (at !== undefined) return { fault: 'FURTHER_MODELS', at };
  }
  return undefined;
}

/**
 * Whether a body's `model` is a name, which was judged and is no text. What a preset of that name says to the model, nobody
 * here has seen: it is noted in `out`.
 */
export function isJudgedModel(value: JsonNode, out: TextCollector): boolean {
  if (value.kind !== 'string' || !isModelName(value.value)) return false;
  if (value.value.startsWith(PRESET)) out.see('unknown', '/model', 0);
  return true;
}

/** The same of one tool's definition, which is decoded only when it may name a model. */
export function furtherModelsOfTool(latin1: string, { start, end }: ByteRange, model: string): Fault | undefined {
  const source = latin1.slice(start, end);
  // The native search spares nearly all of them the walk.
  if (!NAMES_ONE.test(source)) return undefined;
  const tool = parseJson(Buffer.from(source, 'latin1').toString('utf8'), { maxDepth: TOOL_DEPTH, strict: false });
  // What is no JSON is refused when it is opened.
  return isFault(tool) ? undefined : furtherModelsIn(tool, model);
}

/** The same of fields that go to a model as they are, definitions of tools among them; or of one definition. */
export function furtherModelsIn(fields: JsonNode, model: string): Fault | undefined {
  if (fields.kind !== 'object') return undefined;
  const schemed = SCHEMED.has(stringOf(fields, 'type') ?? 'custom');
  for (const { key, value } of fields.members) {
    if (schemed && SCHEMAS.has(key.value)) continue;
    if (key.value === 'tools' && value.kind === 'array') {
      const fault = value.items.map((tool) => furtherModelsIn(tool, model)).find((each) => each !== undefined);
      if (fault !== undefined) return fault;
      continue;
    }
    const at = strange(key.value, value, { model, path: `/${pointerToken(key.value)}` });
    if (at !== undefined) return { fault: 'FURTHER_MODELS', at };
  }
  return undefined;
}

/** The first member within a value, in any case of its letters, that names another model; as a JSON pointer. */
function strangeModel(node: JsonNode, place: Place): string | undefined {
  if (node.kind === 'array') {
    for (const [index, item] of node.items.entries()) {
      const at = strangeModel(item, { ...place, path: `${place.path}/${index}` });
      if (at !== undefined) return at;
    }
  }
  if (node.kind !== 'object') return undefined;
  for (const { key, value } of node.members) {
    const at = strange(key.value, value, { ...place, path: `${place.path}/${pointerToken(key.value)}` });
    if (at !== undefined) return at;
  }
  return undefined;
}

interface Place {
  readonly model: string;
  readonly path: string;
}

function strange(name: string, value: JsonNode, place: Place): string | undefined {
  const folded = name.toUpperCase().toLowerCase();
  if (ROUTERS.has(folded) && isSet(value)) return place.path;
  const names = FALLBACKS.has(folded) || (MODELS.test(folded) && !NARROWING.has(folded));
  if (!names) return strangeModel(value, place);
  return isOwn(value, place) ? undefined : place.path;
}

function isOwn(value: JsonNode, place: Place): boolean {
  const { model, path } = place;
  if (!isSet(value)) return true;
  if (value.kind === 'array') return value.items.every((item) => isOwn(item, place));
  if (value.kind === 'object') return stringOf(value, 'model') === model && strangeModel(value, place) === undefined;
  return value.kind === 'string' && (value.value === model || (path === SCORED && SCORES.test(value.value)));
}

function isSet(value: JsonNode): boolean {
  return !isNull(value) && !(value.kind === 'word' && !value.value);
}
