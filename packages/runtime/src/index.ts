export { describeProblem, type PolicyProblem } from '@sallyport/policy';
export * from './audit-trail.ts';
export * from './config/index.ts';
export { KEY_NAME, type KeyOwner, type ShownKey } from './gateway-keys.ts';
export * from './open-gateway-keys.ts';
export * from './open-inspection.ts';
export * from './review-policies.ts';
