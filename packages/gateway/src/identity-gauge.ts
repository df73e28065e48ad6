import { IDENTITY_STATES } from '@sallyport/core';
import type { ShownIdentity } from '@sallyport/runtime';
import { Gauge, type Registry } from 'prom-client';

/** How the identity of each provider's models stands: of names that share a label, the gravest. */
export function registerIdentityGauge(
  registry: Registry,
  identities: () => readonly Pick<ShownIdentity, 'provider' | 'model' | 'state'>[],
  labelOf: (model: string) => string,
): void {
  const gauge: Gauge = new Gauge({
    name: 'sallyport_provider_identity_state',
    help: 'whether a model is still the one that was approved: 0 approved, 1 watching, 2 warned, 3 changed',
    labelNames: ['provider', 'model'],
    registers: [registry],
    collect: () => {
      gauge.reset();
      const gravest = new Map<string, number>();
      for (const { provider, model, state } of identities()) {
        const key = `${provider}\n${labelOf(model)}`;
        gravest.set(key, Math.max(gravest.get(key) ?? 0, IDENTITY_STATES.indexOf(state)));
      }
      for (const [key, value] of gravest) {
        const [provider = '', model = ''] = key.split('\n');
        gauge.set({ provider, model }, value);
      }
    },
  });
}
