import { type JsonMember, type JsonObject, memberOf } from '@sallyport/wire';

/**
 * Members of a message by which the protocol knows it, and what they look like. They say nothing of what is asked, and one that is sent
 * again has others: what policy, flow and an approval look at is the rest. One that looks otherwise is a text like any, and belongs there.
 */
const CARRIED: ReadonlyMap<string, RegExp> = new Map([
  ['role', /^(?:user|agent|ROLE_USER|ROLE_AGENT)$/],
  ['kind', /^message$/],
  ['messageId', /^[\w.:-]{1,64}$/],
]);

function isCarried({ key, value }: JsonMember): boolean {
  return value.kind === 'string' && CARRIED.get(key.value)?.test(value.value) === true;
}

/** The params of a request, as what is asked and what goes beside it; both JSON. */
export interface SplitParams {
  readonly given: string;
  /** Members of the message. */
  readonly carried: string;
}

/** @param text what the params were parsed from */
export function splitParams(params: JsonObject | undefined, text: string): SplitParams {
  const message = memberOf(params, 'message');
  if (params === undefined) return { given: '{}', carried: '{}' };
  if (message?.kind !== 'object') return { given: text.slice(params.start, params.end), carried: '{}' };
  const write = (members: readonly JsonMember[]) => `{${members.map((one) => written(one, text)).join(',')}}`;
  const given = params.members.map((member) => {
    if (member.value !== message) return written(member, text);
    return `"message":${write(message.members.filter((one) => !isCarried(one)))}`;
  });
  return {
    given: `{${given.join(',')}}`,
    carried: write(message.members.filter(isCarried)),
  };
}

/** The params again, of what became of both parts. @param text what both were parsed from */
export function joinedParams(given: JsonObject, carried: JsonObject | undefined, text: string): string {
  const message = memberOf(given, 'message');
  if (message?.kind !== 'object' || carried === undefined) return text.slice(given.start, given.end);
  const members = [...carried.members, ...message.members].map((one) => written(one, text));
  const whole = given.members.map((member) =>
    member.value === message ? `"message":{${members.join(',')}}` : written(member, text),
  );
  return `{${whole.join(',')}}`;
}

function written({ key, value }: JsonMember, text: string): string {
  return text.slice(key.start, value.end);
}
