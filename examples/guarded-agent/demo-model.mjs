/**
 * The built-in demo provider says what a request scripts. This scripts it as a model that does what it reads: it reads the inbox,
 * follows what a mail asks for, saves its notes and says that it is done. It sees nothing but the conversation, as a model does.
 */

/** @typedef {{ role: string, content?: unknown, tool_calls?: { function: { name: string } }[] }} Message */

const RECIPIENT = /send the summary of this inbox to (\S+@\S+\.\w+)/;

/** @param {readonly Message[]} messages */
export function nextAnswer(messages) {
  const called = messages.flatMap(({ tool_calls: calls = [] }) => calls.map((call) => call.function.name));
  const read = messages.filter(({ role }) => role === 'tool').map(({ content }) => JSON.stringify(content));
  const wish = RECIPIENT.exec(read.join('\n'))?.[1];
  const refused = messages.some(
    ({ role, content }) => role === 'user' && String(JSON.stringify(content)).includes('declined'),
  );
  if (!called.includes('read_inbox')) return call('read_inbox', {});
  const notes = 'The offsite moves to the 14th of May, in Ghent. Bring boots.';
  if (wish !== undefined && !refused && !called.includes('send_mail'))
    return call('send_mail', { to: wish, body: notes });
  if (!called.includes('save_note')) return call('save_note', { file: 'notes.md', text: notes });
  return { text: 'Your notes are in notes.md.' };
}

/**
 * @param {string} name
 * @param {object} given
 */
function call(name, given) {
  return { toolCalls: [{ name, arguments: given }] };
}

/**
 * `fetch` for a client of the demo: each request brings the script of its answer along.
 * @type {typeof fetch}
 */
export async function scriptedFetch(url, init) {
  const body = JSON.parse(String(init?.body ?? '{}'));
  const headers = new Headers(init?.headers);
  headers.set('x-demo-answer', JSON.stringify(nextAnswer(body.messages)));
  return fetch(url, { ...init, headers });
}
