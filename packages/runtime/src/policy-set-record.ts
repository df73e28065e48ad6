import type { PolicySetRecord } from '@sallyport/core';
import type { SetInForce } from './policies.ts';

/** The record of a set that came into force. */
export function policySetRecord(
  { cause, before, loaded: { engine, change } }: SetInForce,
  { exchange, at }: Pick<PolicySetRecord, 'exchange' | 'at'>,
): PolicySetRecord {
  const enforced = engine.policies.filter(({ mode }) => mode === 'enforce').length;
  const { policySet } = engine;
  const said = change === undefined ? undefined : told(change);
  return {
    v: 1,
    kind: 'policy-set',
    exchange,
    at,
    cause,
    ...(before !== undefined && { before }),
    policySet,
    enforced,
    monitored: engine.policies.length - enforced,
    ...(said && { change: said }),
  };
}

/** The record names the set already. */
function told({ policySet: _once, ...change }: NonNullable<SetInForce['loaded']['change']>): PolicySetRecord['change'] {
  return change;
}
