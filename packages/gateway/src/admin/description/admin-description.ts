import { SallyportError } from '@sallyport/core';
import { OPERATOR_ROLES, type Permission, permits } from '@sallyport/runtime';
import type { FastifyContextConfig } from 'fastify';
import { z } from 'zod';
import type { CallAbout } from './call-about.ts';
import { Refusals, type Refusing } from './refusals.ts';
import { EVENT_TYPES } from './shown-traffic.ts';

const SIGNED_HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

type Json = Readonly<Record<string, unknown>>;

/** Its path has parameters as fastify writes them. */
interface Route extends Refusing {
  readonly method: string;
  readonly permission: Permission;
}

/** What the admin API says of itself: every route, by what the server itself reads requests with. */
export class AdminDescription {
  readonly #routes: Route[] = [];

  /** A route was added. @throws {SallyportError} `INTERNAL` for one that takes a permission and says nothing of itself */
  add(method: string | readonly string[], path: string, config: FastifyContextConfig = {}): void {
    const { permission, call, open = false } = config;
    if (permission === undefined || method === 'HEAD') return;
    if (call === undefined || typeof method !== 'string') {
      throw new SallyportError('INTERNAL', { detail: `${String(method)} ${path} is not described` });
    }
    this.#routes.push({ method, path, permission, isOpen: open, call });
  }

  /** OpenAPI 3.1. */
  document(): Json {
    const paths: Record<string, Record<string, Json>> = {};
    const refusals = new Refusals();
    for (const route of this.#routes) {
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
      paths[path] ??= {};
      paths[path][route.method.toLowerCase()] = operationOf(route, refusals);
    }
    return {
      openapi: '3.1.0',
      info: {
        title: 'Sallyport admin API',
        version: '1',
        description: 'What operators see of a gateway, and do. Members may be added to answers within a version.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      security: [{ operatorToken: [] }, { clientCertificate: [] }],
      paths,
      components: {
        responses: refusals.described,
        schemas: { Problem: schemaOf(PROBLEM, 'output') },
        securitySchemes: {
          operatorToken: { type: 'http', scheme: 'bearer', description: 'the token of an operator, or of an issuer' },
          clientCertificate: { type: 'mutualTLS', description: 'where configuration knows operators by certificates' },
        },
      },
    };
  }
}

function operationOf(route: Route, refusals: Refusals): Json {
  const { path, permission, isOpen, call } = route;
  const { id, about, query, body, bodyless = false, status = 200, isStream = false } = call;
  const parameters = [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => parameter('path', name ?? '', { type: 'string', minLength: 1 })),
    ...(query === undefined ? [] : queryParameters(query)),
    ...(isStream ? [parameter('header', 'last-event-id', { type: 'string' })] : []),
    ...(isOpen
      ? SIGNED_HEADERS.map((name) => ({ ...parameter('header', name, { type: 'string' }), required: true }))
      : []),
  ];
  return {
    operationId: id,
    summary: about,
    tags: [permission.split('.')[0]],
    'x-permission': permission,
    'x-roles': OPERATOR_ROLES.filter((role) => permits([role], permission)),
    ...(isOpen && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: !bodyless, content: json(schemaOf(body, 'input')) } }),
    responses: { [status]: answerOf(call), ...refusals.of(route) },
  };
}

function answerOf({ about, answers, isStream = false }: CallAbout): Json {
  const schema = schemaOf(answers, 'output');
  if (!isStream) return { description: about, content: json(schema) };
  return {
    description: `server-sent events: \`data\` of each is as this says, of \`gap\` it is \`lost\`; \`event\` is one of ${EVENT_TYPES.join(', ')}, gap`,
    content: { 'text/event-stream': { schema } },
  };
}

const PROBLEM = z.object({
  error: z.object({ code: z.string().describe('one of `x-codes` of the response'), message: z.string() }),
});

function queryParameters(query: z.ZodObject): readonly Json[] {
  const { properties = {} } = schemaOf(query, 'output') as { properties?: Record<string, Json> };
  const { properties: before = {}, required = [] } = schemaOf(query, 'input') as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, read]) => {
    // Of what is made into something else it counts what came, of what is read as a number what it is.
    const schema = Object.keys(read).length === 0 ? (before[name] ?? {}) : read;
    return { ...parameter('query', name, schema), required: required.includes(name) };
  });
}

function parameter(place: 'path' | 'query' | 'header', name: string, schema: Json): Json {
  return { name, in: place, required: place === 'path', schema };
}

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...made } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Answers may come to hold more than is said here.
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return made;
}
