import { type JsonNode, memberOf, stringOf } from '@sallyport/wire';

/** Tasks and contexts whose owners are known at a time; the oldest go first, and are nobody's then. */
export const TASKS_MAX = 100_000;
/** Longest id of a task or a context, characters. */
export const TASK_ID_MAX_CHARS = 256;

/** A task or a context that a message names. */
export interface Named {
  readonly kind: 'task' | 'context';
  readonly id: string;
}

/** Whose tasks and contexts are whose at one agent: it knows the gateway, and nobody behind it. */
export class TaskBook {
  private readonly owners = new Map<string, string>();

  /** Whether an owner may name them: tasks that they were told of, and contexts that are no one else's. */
  mayName(named: readonly Named[], owner: string): boolean {
    return named.every(({ kind, id }) => {
      if (id.length > TASK_ID_MAX_CHARS) return false;
      const known = this.owners.get(`${kind} ${id}`);
      return known === owner || (kind === 'context' && known === undefined);
    });
  }

  /** They are this owner's from now on. @returns whether none of them is somebody else's */
  claim(named: readonly Named[], owner: string): boolean {
    const isFree = named.every(({ kind, id }) => {
      const known = this.owners.get(`${kind} ${id}`);
      return id.length <= TASK_ID_MAX_CHARS && (known === undefined || known === owner);
    });
    if (!isFree) return false;
    for (const { kind, id } of named) {
      this.owners.delete(`${kind} ${id}`);
      this.owners.set(`${kind} ${id}`, owner);
    }
    while (this.owners.size > TASKS_MAX) {
      const [oldest] = this.owners.keys();
      if (oldest !== undefined) this.owners.delete(oldest);
    }
    return true;
  }
}

/** What the params of a request name. */
export function namedBy(params: JsonNode | undefined): readonly Named[] {
  const message = memberOf(params, 'message');
  const others = memberOf(message, 'referenceTaskIds');
  return [
    ...ids('task', [stringOf(params, 'id'), stringOf(params, 'taskId'), stringOf(message, 'taskId')]),
    ...ids(
      'task',
      others?.kind === 'array' ? others.items.map((each) => (each.kind === 'string' ? each.value : '')) : [],
    ),
    ...ids('context', [stringOf(message, 'contextId')]),
  ];
}

/** Members of an answer of 1.0 that hold what it is about; in 0.3 the answer is that itself. */
const HOLDERS = ['task', 'message', 'statusUpdate', 'artifactUpdate'] as const;

/** What an answer, or an event of one, names. */
export function namedIn(result: JsonNode): readonly Named[] {
  const held = HOLDERS.flatMap((name) => {
    const node = memberOf(result, name);
    return node?.kind === 'object' ? [node] : [];
  });
  return [result, ...held].flatMap((node) => [
    ...ids('task', [
      stringOf(node, 'taskId'),
      memberOf(node, 'status') === undefined ? undefined : stringOf(node, 'id'),
    ]),
    ...ids('context', [stringOf(node, 'contextId')]),
  ]);
}

function ids(kind: Named['kind'], all: readonly (string | undefined)[]): readonly Named[] {
  return all.flatMap((id) => (id === undefined ? [] : [{ kind, id }]));
}
