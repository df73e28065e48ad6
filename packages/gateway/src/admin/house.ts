import type { OpenHouse } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import type { CallAbout } from './description/call-about.ts';
import { houseStatus, policyReport } from './description/shown-house.ts';

const CALLS = {
  status: { id: 'showStatus', about: 'what the gateway is and does', answers: houseStatus },
  policies: { id: 'showPolicies', about: 'policies in force, their problems and probes', answers: policyReport },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** What the gateway is, and by which policies it decides. */
export function addHouse(api: FastifyInstance, house: Pick<OpenHouse, 'status' | 'policyReport'>): void {
  api.get('/api/v1/status', { config: { permission: 'status.read', call: CALLS.status } }, () => house.status());
  api.get('/api/v1/policies', { config: { permission: 'policies.read', call: CALLS.policies } }, () =>
    house.policyReport(),
  );
}
