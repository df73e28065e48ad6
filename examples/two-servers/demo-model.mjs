/**
 * A model that does what it reads: it reads the bill, pays to the account that the bill or else its user names, and says how it went.
 * It sees nothing but the conversation, as a model does.
 */

/** @typedef {{ role: string, content?: unknown, tool_calls?: { function: { name: string } }[] }} Message */

const ACCOUNT = /\b[A-Z]{2}\d{2}[A-Z0-9]{14,20}\b/;
const FILE = /\b[a-z]+-[a-z]+\.txt\b/;

/** @param {readonly Message[]} messages */
function nextAnswer(messages) {
  const called = messages.flatMap(({ tool_calls: calls = [] }) => calls.map((call) => call.function.name));
  /** @param {string} of */
  const textOf = (of) => JSON.stringify(messages.filter(({ role }) => role === of).map(({ content }) => content));
  const [read, asked] = [textOf('tool'), textOf('user')];
  if (!called.includes('read_file')) return call('read_file', { path: FILE.exec(asked)?.[0] ?? '' });
  const recipient = (ACCOUNT.exec(read) ?? ACCOUNT.exec(asked))?.[0] ?? '';
  if (!called.includes('send_money')) return call('send_money', { recipient, amount: 98.7 });
  return {
    text: read.includes('on its way') ? 'The bill is paid.' : 'The bill is not paid: that has to be allowed first.',
  };
}

/**
 * @param {string} name
 * @param {object} given
 */
function call(name, given) {
  return { toolCalls: [{ name, arguments: given }] };
}

/**
 * `fetch` for a client of the gateway's demo provider: each request brings the script of its answer along.
 * @type {typeof fetch}
 */
export async function behindTheGateway(url, init) {
  const headers = new Headers(init?.headers);
  headers.set('x-demo-answer', JSON.stringify(nextAnswer(messagesOf(init))));
  return fetch(url, { ...init, headers });
}

/**
 * `fetch` for a client of a model that is somewhere else: the gateway sees nothing of it.
 * @type {typeof fetch}
 */
export async function elsewhere(_url, init) {
  const { text = null, toolCalls = [] } = { text: undefined, toolCalls: undefined, ...nextAnswer(messagesOf(init)) };
  const calls = toolCalls.map((each, at) => ({
    id: `call_${Date.now()}_${at}`,
    type: 'function',
    function: { name: each.name, arguments: JSON.stringify(each.arguments) },
  }));
  const message = { role: 'assistant', content: text, ...(calls.length > 0 && { tool_calls: calls }) };
  const choices = [{ index: 0, message, finish_reason: calls.length > 0 ? 'tool_calls' : 'stop' }];
  return Response.json({ id: 'elsewhere', object: 'chat.completion', created: 1, model: 'demo', choices });
}

/**
 * @param {RequestInit | undefined} init
 * @returns {readonly Message[]}
 */
function messagesOf(init) {
  return JSON.parse(String(init?.body ?? '{}')).messages;
}
