import { type JsonNode, memberOf, stringOf, type TextCollector } from '@sallyport/wire';
import type { McpMessage } from '../message/message.ts';
import { METHODS } from '../revision/methods.ts';
import { DEFINITION, inputSource, type MessageAbout, methodOf } from './message-source.ts';
import { block, contents, freeWithFiles, saidBy } from './read-blocks.ts';
import { toolDefinition } from './read-definitions.ts';
import {
  free,
  listOf,
  type MemberReaders,
  objectOf,
  oneOrMore,
  type Reader,
  recordOf,
  schema,
  texts,
} from './read-texts.ts';

/** The reader of a message's params, result or error. */
export function readerOf(message: McpMessage, about: MessageAbout): Reader {
  if (message.kind === 'error') return readError;
  const method = methodOf(message, about);
  const known = (message.kind === 'result' ? RESULTS : PARAMS).get(method);
  if (known === undefined) return METHODS.has(method) ? texts : free;
  return known;
}

const readError = objectOf(new Map([['data', free]]));

const message: Reader = objectOf(new Map([['content', oneOrMore(block)]]));

/** What a server asks a model. The tools that it brings along are definitions like any other. */
const sampling: Reader = objectOf(
  new Map<string, Reader>([
    ['messages', listOf(message)],
    ['metadata', free],
    [
      'tools',
      listOf((node, at, out) => toolDefinition(node, at, out.from({ ...DEFINITION, tool: stringOf(node, 'name') }))),
    ],
  ]),
);

const elicitation: Reader = objectOf(new Map([['requestedSchema', schema]]));

/** Requests of a server that travel in a result: `{method, params}` each. */
const inputRequests: Reader = recordOf((node, at, out) => {
  const method = stringOf(node, 'method') ?? '';
  const read = PARAMS.get(method) ?? free;
  objectOf(new Map([['params', read]]))(node, at, out.from({ tool: undefined, ...inputSource(method) }));
});

/** A client's answers to those, bare: which question one answers shows in its form alone. */
const inputResponses: Reader = recordOf((node, at, out) => {
  if (memberOf(node, 'action') !== undefined) elicited(node, at, out.from({ ...BY_USER, tool: 'elicitation/create' }));
  else if (memberOf(node, 'roots') !== undefined) texts(node, at, out.from({ ...BY_USER, tool: 'roots/list' }));
  else if (memberOf(node, 'content') !== undefined) {
    sampled(node, at, out.from({ point: 'output', role: 'assistant', tool: undefined }));
  } else free(node, at, out.from(BY_USER));
});

const BY_USER = { point: 'tool-call', role: 'user' } as const;

const elicited: Reader = objectOf(new Map([['content', free]]));

/** What a model answered a server: calls among it are calls that it made. */
const sampled: Reader = objectOf(
  new Map([
    [
      'content',
      oneOrMore((node, at, out) => {
        if (stringOf(node, 'type') !== 'tool_use') {
          block(node, at, out);
          return;
        }
        const tool = stringOf(node, 'name');
        out.call({ tool, id: stringOf(node, 'id') }, memberOf(node, 'input'));
        block(node, at, out.from({ point: 'tool-call', role: 'assistant' }));
      }),
    ],
  ]),
);

const RETRY: readonly (readonly [string, Reader])[] = [['inputResponses', inputResponses]];

const called: Reader = (node, at, out) => {
  out.call({ tool: stringOf(node, 'name') }, memberOf(node, 'arguments'));
  objectOf(new Map([['arguments', freeWithFiles], ...RETRY]))(node, at, out);
};

const PARAMS: MemberReaders = new Map<string, Reader>([
  ['tools/call', called],
  ['prompts/get', objectOf(new Map([['arguments', free], ...RETRY]))],
  ['resources/read', objectOf(new Map(RETRY))],
  ['completion/complete', objectOf(new Map([['context', free]]))],
  ['sampling/createMessage', sampling],
  ['elicitation/create', elicitation],
  ['notifications/message', objectOf(new Map([['data', freeWithFiles]]))],
]);

/** Notes what a reader of a result sees, then its texts. */
function resultReader(members: MemberReaders, note: (node: JsonNode, out: TextCollector) => void): Reader {
  const read = objectOf(new Map([...members, ['inputRequests', inputRequests]]));
  return (node, at, out) => {
    note(node, out);
    read(node, at, out);
  };
}

const RESULTS: MemberReaders = new Map<string, Reader>([
  [
    'tools/call',
    resultReader(
      new Map([
        ['content', listOf(block)],
        ['structuredContent', freeWithFiles],
      ]),
      (node, out) => {
        for (const member of ['content', 'structuredContent']) out.result({ tool: out.tool }, memberOf(node, member));
      },
    ),
  ],
  [
    'resources/read',
    resultReader(new Map([['contents', listOf(contents)]]), (node, out) => {
      for (const each of itemsOf(node, 'contents'))
        if (each.kind === 'object') out.result({ tool: out.tool }, saidBy(each));
    }),
  ],
  [
    'prompts/get',
    resultReader(new Map([['messages', listOf(message)]]), (node, out) => {
      for (const each of itemsOf(node, 'messages')) out.result({ tool: out.tool }, memberOf(each, 'content'));
    }),
  ],
  ['sampling/createMessage', sampled],
  ['elicitation/create', elicited],
]);

function itemsOf(node: JsonNode, member: string): readonly JsonNode[] {
  const list = memberOf(node, member);
  return list?.kind === 'array' ? list.items : [];
}
