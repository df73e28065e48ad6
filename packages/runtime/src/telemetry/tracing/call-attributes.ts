import type { Attributes } from '../otlp/otlp-json.ts';
import type { CallMatter } from './call-matter.ts';
import { genAiAttributes, genAiOperation } from './gen-ai.ts';

/** `chat gpt-5` of a model, `tools/call read_file` of a tool, `invoke_agent billing` of an agent. */
export function callName(matter: CallMatter): string {
  const { call, record, operation, genAi } = matter;
  const { protocol = '', model = '', tools = [] } = record.request ?? {};
  if (protocol === 'mcp') return `${operation} ${tools[0] ?? ''}`.trimEnd();
  if (protocol === 'a2a') return `invoke_agent ${call.tried.provider}`;
  return genAi === 'off' ? `call ${call.tried.provider}` : `${genAiOperation(operation)} ${model}`.trimEnd();
}

export function callAttributes(matter: CallMatter): Attributes {
  const { call, record, operation, genAi } = matter;
  const { tried, failure } = call;
  const { protocol, tools = [] } = record.request ?? {};
  const own = {
    'sallyport.provider': tried.provider,
    'sallyport.try': tried.tries,
    'http.response.status_code': statusOf(matter),
    'error.type': errorOf(matter),
  };
  if (protocol === 'mcp') {
    const [tool] = tools;
    const said = { 'mcp.method.name': operation, 'gen_ai.tool.name': tool };
    return { ...own, ...(genAi === 'off' ? { 'mcp.method.name': operation } : { ...said, ...executed(operation) }) };
  }
  if (protocol === 'a2a') {
    const said = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': tried.provider };
    return { ...own, ...(genAi === 'off' ? {} : said) };
  }
  // What an answer said is the business of the call that brought it.
  return { ...own, ...genAiAttributes(matter, failure === undefined) };
}

function executed(operation: string): Attributes {
  return operation === 'tools/call' ? { 'gen_ai.operation.name': 'execute_tool' } : {};
}

function statusOf({ call: { failure }, record }: CallMatter): number | undefined {
  if (failure === undefined) return record.upstreamStatus;
  return 'status' in failure ? failure.status : undefined;
}

function errorOf({ call: { failure }, record }: CallMatter): string | undefined {
  if (failure === undefined) return record.outcome === 'upstream-failed' ? record.fault : undefined;
  return 'fault' in failure ? failure.fault : String(failure.status);
}
