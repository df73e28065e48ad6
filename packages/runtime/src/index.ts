export { describeProblem, type PolicyProblem } from '@sallyport/policy';
export * from './audit-trail.ts';
export * from './config/index.ts';
export { createGatewayKey, KEY_NAME, type KeyOwner, type ShownKey } from './gateway-keys.ts';
export type { HouseHooks, HouseStatus, Notice, OpenHouse, PolicyReport, Readiness } from './house.ts';
export * from './open-gateway-keys.ts';
export { openHouse } from './open-house.ts';
export * from './open-inspection.ts';
export * from './review-policies.ts';
