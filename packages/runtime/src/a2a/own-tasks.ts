import type { McpAnswer } from '@sallyport/mcp';
import { memberOf } from '@sallyport/wire';
import { type Named, namedIn } from './task-book.ts';

/**
 * A list of tasks with those alone that whoever asks may name, as JSON. An agent lists what it does for the gateway, which is for
 * everybody behind it; how many of the others there are is nobody's business either.
 */
export function withOwnTasks(
  { id, result, text }: Extract<McpAnswer, { kind: 'result' }>,
  mayName: (named: readonly Named[]) => boolean,
): string {
  const list = memberOf(result, 'tasks');
  const kept = (list?.kind === 'array' ? list.items : [])
    .filter((task) => {
      const named = namedIn(task);
      return named.some(({ kind }) => kind === 'task') && mayName(named);
    })
    .map(({ start, end }) => text.slice(start, end));
  const others = result.members
    .filter(({ key }) => !COUNTED.has(key.value))
    .map(({ key, value }) => `,${text.slice(key.start, value.end)}`);
  const tasks = `{"tasks":[${kept.join(',')}],"totalSize":${kept.length}${others.join('')}}`;
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${tasks}}`;
}

const COUNTED = new Set(['tasks', 'totalSize']);
