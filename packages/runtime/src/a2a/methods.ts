/** Versions of A2A that are spoken here. */
export type AgentVersion = '0.3' | '1.0';

/** What a method is to policy and to flow: a tool of the agent. */
export interface AgentMethod {
  readonly tool: AgentTool;
  /** Answered by a stream of events. */
  readonly streams: boolean;
}

export type AgentTool = 'send_message' | 'get_task' | 'list_tasks' | 'cancel_task' | 'subscribe_to_task' | 'get_card';

const SEND: AgentMethod = { tool: 'send_message', streams: false };
const STREAM: AgentMethod = { tool: 'send_message', streams: true };
const GET: AgentMethod = { tool: 'get_task', streams: false };
const LIST: AgentMethod = { tool: 'list_tasks', streams: false };
const CANCEL: AgentMethod = { tool: 'cancel_task', streams: false };
const SUBSCRIBE: AgentMethod = { tool: 'subscribe_to_task', streams: true };

/** Methods that pass, by version. Source: specification of A2A 1.0, section 9.4, and of 0.3, section 7. */
export const METHODS: Readonly<Record<AgentVersion, ReadonlyMap<string, AgentMethod>>> = {
  '1.0': new Map([
    ['SendMessage', SEND],
    ['SendStreamingMessage', STREAM],
    ['GetTask', GET],
    ['ListTasks', LIST],
    ['CancelTask', CANCEL],
    ['SubscribeToTask', SUBSCRIBE],
  ]),
  '0.3': new Map([
    ['message/send', SEND],
    ['message/stream', STREAM],
    ['tasks/get', GET],
    ['tasks/cancel', CANCEL],
    ['tasks/resubscribe', SUBSCRIBE],
  ]),
};

/** Methods about addresses that an agent is to call: the gateway knows none that it may name. */
export const PUSH_METHOD = /PushNotificationConfigs?$|^tasks\/pushNotificationConfig\//;

/** Without a header it is the version in which there was none (A2A 1.0, section 3.6). */
export function versionOf(header: string | undefined): AgentVersion | undefined {
  if (header === undefined || header === '') return '0.3';
  return header === '1.0' || header === '0.3' ? header : undefined;
}

/** Errors of A2A, and JSON-RPC's own (A2A 1.0, section 9.5). */
export const A2A_CODES = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  server: -32000,
  taskNotFound: -32001,
  noPush: -32003,
  unsupported: -32004,
  version: -32009,
  refused: -32010,
  lost: -32012,
} as const;
