import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { DESCRIPTION_PATH } from '../admin/description/serve-description.ts';
import type { TestGateway } from './test-gateway.ts';

type Json = Record<string, unknown>;

interface DescribedResponse {
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>;
  readonly 'x-codes'?: readonly string[];
}

export interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly responses: Readonly<Record<string, DescribedResponse | { readonly $ref: string }>>;
}

export interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the one that the API was opened with; empty: none. */
  readonly token?: string;
}

export interface Answered {
  readonly status: number;
  // Tests look at what they asked for.
  readonly body: Record<string, never>;
}

/** The admin API by what it says of itself: every answer is held against it, and may hold nothing else. */
export class DescribedApi {
  readonly document: Json;
  readonly operations: ReadonlyMap<string, DescribedOperation>;
  readonly #url: string;
  readonly #token: string;
  readonly #ajv = new Ajv2020({ validateFormats: false, allErrors: true });
  readonly #refusals: Readonly<Record<string, DescribedResponse>>;
  readonly #known = new Map<string, ValidateFunction>();

  private constructor(url: string, token: string, document: Json) {
    this.#url = url;
    this.#token = token;
    this.document = document;
    const operations = new Map<string, DescribedOperation>();
    for (const [path, methods] of Object.entries(document.paths as Record<string, Record<string, Json>>)) {
      for (const [method, said] of Object.entries(methods)) {
        const { operationId, responses } = said as Json & Pick<DescribedOperation, 'responses'>;
        operations.set(String(operationId), { method: method.toUpperCase(), path, responses });
      }
    }
    this.operations = operations;
    const { schemas, responses: refusals } = document.components as {
      schemas: Record<string, unknown>;
      responses: Record<string, DescribedResponse>;
    };
    this.#refusals = refusals;
    for (const [name, schema] of Object.entries(schemas))
      this.#ajv.addSchema(closed(schema) as Json, `#/components/schemas/${name}`);
  }

  static async of({ adminUrl }: Pick<TestGateway, 'adminUrl'>, token: string): Promise<DescribedApi> {
    const answer = await fetch(`${adminUrl}${DESCRIPTION_PATH}`, { headers: { authorization: `Bearer ${token}` } });
    return new DescribedApi(adminUrl, token, (await answer.json()) as Json);
  }

  /** @throws {Error} where the answer is not as it is described */
  async call(
    id: string,
    { params = {}, query = '', body, headers = {}, token = this.#token }: Asked,
  ): Promise<Answered> {
    const { method, path } = this.#operation(id);
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
    const answer = await fetch(`${this.#url}${address}${query}`, {
      method,
      headers: {
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const { status } = answer;
    const said: unknown = await answer.json();
    this.hold(id, status, said);
    return { status, body: said as Answered['body'] };
  }

  /** @throws {Error} where an answer is not as it is described */
  hold(id: string, status: number, said: unknown): void {
    const key = `${id} ${status}`;
    const { content = {}, 'x-codes': codes } = this.#response(id, status);
    const schema = Object.values(content)[0]?.schema;
    if (schema === undefined) throw new Error(`${key} is not described`);
    const isSo = this.#known.get(key) ?? this.#ajv.compile(closed(schema) as Json);
    this.#known.set(key, isSo);
    if (!isSo(said)) throw new Error(`${key}: ${this.#ajv.errorsText(isSo.errors)}`);
    const { code = '' } = (said as { error?: { code?: string } }).error ?? {};
    if (codes !== undefined && !codes.includes(code)) throw new Error(`${key}: ${code} is not among its codes`);
  }

  #response(id: string, status: number): DescribedResponse {
    const said = this.#operation(id).responses[status] ?? {};
    return '$ref' in said ? (this.#refusals[said.$ref.split('/').at(-1) ?? ''] ?? {}) : said;
  }

  #operation(id: string): DescribedOperation {
    const operation = this.operations.get(id);
    if (operation === undefined) throw new Error(`nothing is called ${id}`);
    return operation;
  }
}

/** The same schema, by which an object holds nothing that is not described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const made = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in made && !('additionalProperties' in made) ? { ...made, additionalProperties: false } : made;
}
