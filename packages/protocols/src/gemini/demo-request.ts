import { type DemoFields, fieldsOf, jsonOf } from '../demo-fields.ts';
import type { Operation } from './endpoints.ts';
import { bothSpellings } from './spelling.ts';

/** What the demo provider reads of a request: enough to answer it without a script. */
export interface DemoRequest {
  readonly operation: Operation;
  readonly model: string;
  readonly sse: boolean;
  readonly logprobs: boolean;
  readonly script: string | undefined;
  /** The texts of all contents, or those that vectors are asked for. */
  readonly texts: readonly string[];
  /** The last of them that is not empty. */
  readonly lastText: string;
  /** The function that the request demands to be called. */
  readonly forcedTool: { readonly name: string; readonly parameters: unknown } | undefined;
  /** The schema that the answer must fit. */
  readonly schema: unknown;
}

export interface DemoCallOf {
  readonly operation: Operation;
  readonly model: string;
  readonly sse: boolean;
}

/** Reads a request that the gateway has already let through: what doesn't fit is taken for absent. */
export function readDemoRequest(body: Uint8Array, call: DemoCallOf): DemoRequest {
  const whole = fieldsOf(jsonOf(body));
  const counted = fieldsOf(pick(whole, 'generateContentRequest'));
  const request = Object.keys(counted).length > 0 ? counted : whole;
  const config = fieldsOf(pick(request, 'generationConfig'));
  const texts = contentsOf(request, call.operation).map(textOf);
  const { demo } = fieldsOf(request.labels);
  return {
    ...call,
    logprobs: pick(config, 'responseLogprobs') === true,
    script: typeof demo === 'string' ? demo : undefined,
    texts,
    lastText: texts.findLast((text) => text !== '') ?? '',
    forcedTool: forcedTool(request),
    schema: schemaOf(config),
  };
}

function contentsOf(request: DemoFields, operation: Operation): readonly unknown[] {
  if (operation === 'embedContent') return [request.content];
  if (operation === 'batchEmbedContents') return listOf(request.requests).map((each) => fieldsOf(each).content);
  return listOf(request.contents);
}

function textOf(content: unknown): string {
  return listOf(fieldsOf(content).parts)
    .map((part) => fieldsOf(part).text)
    .filter((text) => typeof text === 'string')
    .join('\n');
}

function schemaOf(config: DemoFields): unknown {
  const schema = pick(config, 'responseJsonSchema') ?? lowerTypes(pick(config, 'responseSchema'));
  return schema ?? (pick(config, 'responseMimeType') === 'application/json' ? { type: 'object' } : undefined);
}

function forcedTool(request: DemoFields): DemoRequest['forcedTool'] {
  const calling = fieldsOf(pick(fieldsOf(pick(request, 'toolConfig')), 'functionCallingConfig'));
  if (calling.mode !== 'ANY') return undefined;
  const [wanted] = listOf(pick(calling, 'allowedFunctionNames'));
  const declared = listOf(request.tools)
    .flatMap((tool) => listOf(pick(fieldsOf(tool), 'functionDeclarations')))
    .map(fieldsOf);
  const chosen = declared.find(({ name }) => wanted === undefined || name === wanted);
  if (typeof chosen?.name !== 'string') return undefined;
  return { name: chosen.name, parameters: pick(chosen, 'parametersJsonSchema') ?? lowerTypes(chosen.parameters) };
}

/** Google writes the types of a schema in capitals. */
function lowerTypes(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(lowerTypes);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [
      name,
      name === 'type' && typeof value === 'string' ? value.toLowerCase() : lowerTypes(value),
    ]),
  );
}

function pick(holder: DemoFields, name: string): unknown {
  return bothSpellings(name)
    .map((spelling) => holder[spelling])
    .find((value) => value !== undefined);
}

/** One object stands for a list of one. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? [value] : [];
}
