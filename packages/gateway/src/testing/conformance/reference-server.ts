import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  type ServerNotification,
  type ServerRequest,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import told from './reference-server.json' with { type: 'json' };

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;
type Told<T> = Readonly<Record<string, T>>;

const ANY = { type: 'object', properties: {} };
const TOOLS: Told<object> = told.tools;
const SCHEMAS: Told<object> = told.schemas;
const ASKING: Told<object> = told.asking;
const PROMPTS: Told<readonly object[]> = told.prompts;
const PROMPT_ARGUMENTS: Told<readonly string[]> = told.promptArguments;
const RESOURCES: Told<{ readonly mimeType: string }> = told.resources;
const TEMPLATE = /^test:\/\/template\/([^/]+)\/data$/;
const TALKING = ['test_tool_with_logging', 'test_tool_with_progress', 'test_sampling', 'json_schema_2020_12_tool'];

const text = (words: string) => ({ content: [{ type: 'text', text: words }] });

async function call(server: Server, name: string, [given, extra]: readonly [Told<unknown>, Extra]): Promise<object> {
  const asked = Object.hasOwn(ASKING, name) ? ASKING[name] : undefined;
  if (asked !== undefined) {
    const requestedSchema = { type: 'object' as const, properties: asked as Record<string, never> };
    const message = typeof given.message === 'string' ? given.message : 'Please fill this in';
    const answer = await server.elicitInput({ message, requestedSchema }, { relatedRequestId: extra.requestId });
    return text(`Elicitation completed: action=${answer.action}, content=${JSON.stringify(answer.content)}`);
  }
  if (name === 'test_sampling') {
    const content = { type: 'text' as const, text: String(given.prompt) };
    const request = { messages: [{ role: 'user' as const, content }], maxTokens: 100 };
    const answer = await server.createMessage(request, { relatedRequestId: extra.requestId });
    return text(`LLM response: ${JSON.stringify(answer.content)}`);
  }
  if (name === 'test_tool_with_logging') {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
    }
    return text('logged');
  }
  const progressToken = extra._meta?.progressToken;
  if (name === 'test_tool_with_progress' && progressToken !== undefined) {
    for (const progress of [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 };
      await extra.sendNotification({ method: 'notifications/progress', params });
    }
  }
  return TOOLS[name] ?? text(`done by ${name}`);
}

function read(uri: string): object {
  const id = TEMPLATE.exec(uri)?.[1];
  const content = id === undefined ? RESOURCES[uri] : templated(id);
  if (content === undefined) throw new Error('there is no such resource');
  return { contents: [{ uri, ...content }] };
}

const templated = (id: string) => ({
  mimeType: 'application/json',
  text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
});

function prompt(name: string, given: Told<string>): object {
  const filled = JSON.stringify(PROMPTS[name]).replace(/\{(\w+)\}/g, (_, argument) => given[argument] ?? '');
  return { messages: (JSON.parse(filled) as object[]).map((content) => ({ role: 'user', content })) };
}

/** What one session meets: all that the scenarios of the conformance suite ask of a server. */
function session(): Server {
  const capabilities = {
    tools: {},
    prompts: {},
    resources: { subscribe: true },
    completions: {},
    logging: {},
  };
  const server = new Server({ name: 'reference', version: '1' }, { capabilities });
  const names = [...Object.keys(TOOLS), ...Object.keys(ASKING), ...TALKING];
  const tools = names.map((name) => ({ name, description: `Does ${name}.`, inputSchema: SCHEMAS[name] ?? ANY }));
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }) as never);
  server.setRequestHandler(
    CallToolRequestSchema,
    async ({ params }, extra) => (await call(server, params.name, [params.arguments ?? {}, extra])) as never,
  );
  const prompts = Object.keys(PROMPTS).map((name) => ({
    name,
    description: `Says ${name}.`,
    arguments: (PROMPT_ARGUMENTS[name] ?? []).map((argument) => ({ name: argument, required: true })),
  }));
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts }));
  server.setRequestHandler(
    GetPromptRequestSchema,
    ({ params }) => prompt(params.name, params.arguments ?? {}) as never,
  );
  const resources = Object.entries(RESOURCES).map(([uri, { mimeType }]) => ({
    uri,
    name: uri,
    description: `Is at ${uri}.`,
    mimeType,
  }));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources }));
  const resourceTemplates = [{ uriTemplate: 'test://template/{id}/data', name: 'template' }];
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => read(params.uri) as never);
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
  server.setRequestHandler(CompleteRequestSchema, () => ({
    completion: { values: ['paris', 'park'], hasMore: false },
  }));
  return server;
}

export interface ReferenceServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A server of the official SDK that has what the scenarios of the conformance suite ask for. */
export async function startReferenceServer(): Promise<ReferenceServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known !== undefined) return known.handleRequest(request, response);
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await session().connect(transport as Transport);
    return transport.handleRequest(request, response);
  };
  const http = createServer((request, response) => void serve(request, response));
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: async () => {
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };
}
