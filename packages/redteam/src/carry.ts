import type { Carrier, DrillCall } from './drill-case.ts';

const OPERATOR = 'You are the assistant of a small shop. Answer politely.';

export interface Carried {
  readonly carrier: Carrier;
  /** Pieces of the text, in their order. */
  readonly pieces: readonly string[];
  /** What the operator's message says beside its usual words. */
  readonly operator?: string;
  /** A word of this case's own: names of tools are made of it, so that no case changes the definition of another's. */
  readonly word: string;
  /** The tool that the model can call. */
  readonly call?: DrillCall | undefined;
}

type Message = Readonly<Record<string, unknown>>;

/** The body of an OpenAI chat completion that carries a text to where it shall stand. */
export function carry(carried: Carried): Record<string, unknown> {
  const { operator, call } = carried;
  const system = { role: 'system', content: operator === undefined ? OPERATOR : `${OPERATOR} ${operator}` };
  const tools = toolsOf(carried);
  const messages: Message[] = [system, ...messagesOf(carried)];
  return { messages, ...((tools.length > 0 || call !== undefined) && { tools: [...tools, ...calledTool(call)] }) };
}

function messagesOf({ carrier, pieces, word }: Carried): readonly Message[] {
  switch (carrier) {
    case 'user-message':
    case 'tool-call':
      return [user(pieces)];
    case 'later-turn':
      return [
        user(['Which days are you open?']),
        { role: 'assistant', content: 'From Monday to Saturday.' },
        user(pieces),
      ];
    case 'user-document':
      return [
        user([
          `Summarise this page for me.\n\n<document>\nSpring newsletter of the garden club. ${pieces[0] ?? ''}`,
          ...pieces.slice(1),
          'The next meeting is on the first Friday of the month.\n</document>',
        ]),
      ];
    case 'tool-result':
      return [
        user(['What does the page say?']),
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: `call_${word}`,
              type: 'function',
              function: { name: `look_up_${word}`, arguments: '{"topic":"garden"}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: `call_${word}`, content: contentOf(pieces) },
      ];
    case 'tool-definition':
      return [user(['What will the weather be tomorrow?'])];
    case 'answer':
      return [user(['How is the project going?'])];
  }
}

function toolsOf({ carrier, pieces, word }: Carried): readonly object[] {
  const usual = 'Looks up what is known about a topic.';
  if (carrier === 'tool-result') return [definition(`look_up_${word}`, usual, { topic: { type: 'string' } })];
  if (carrier !== 'tool-definition') return [];
  const [first = '', ...rest] = pieces;
  const topic = { type: 'string', ...(rest.length > 0 && { description: rest.join('') }) };
  return [definition(`look_up_${word}`, `${usual} ${first}`, { topic })];
}

function calledTool(call: DrillCall | undefined): readonly object[] {
  if (call === undefined) return [];
  const properties = Object.fromEntries(Object.keys(call.arguments).map((name) => [name, { type: 'string' }]));
  return [definition(call.tool, `The tool ${call.tool} of the shop.`, properties)];
}

function definition(name: string, description: string, properties: object): object {
  return { type: 'function', function: { name, description, parameters: { type: 'object', properties } } };
}

function user(pieces: readonly string[]): Message {
  return { role: 'user', content: contentOf(pieces) };
}

function contentOf(pieces: readonly string[]): string | readonly object[] {
  const [only = ''] = pieces;
  return pieces.length === 1 ? only : pieces.map((text) => ({ type: 'text', text }));
}
