import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestGateway, testGateway } from './testing/test-gateway.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

const rules = read('deploy/prometheus/sallyport.rules.yaml');
const dashboard = read('deploy/grafana/sallyport.json');
const guide = read('docs/guides/telemetry.md');

/** Labels of each metric as the page states them; another test holds the page to the gateway. */
const labels = new Map(
  Array.from(
    read('docs/guides/operations.md').matchAll(/^\| `(sallyport_\w+)` \|([^|]*)\|/gm),
    ([, name = '', text = '']) => [name, new Set(Array.from(text.matchAll(/`(\w+)`/g), ([, label = '']) => label))],
  ),
);

/** What Prometheus itself puts on every series, or on buckets. */
const SCRAPED = new Set(['instance', 'job', 'le']);

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const panels: readonly Panel[] = JSON.parse(dashboard).panels;
const alerts = rules.split('- alert: ').slice(1);
const expressions = [
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ...alerts.map((alert) => {
    const [name = ''] = alert.split('\n');
    return [name, /expr:([\s\S]*?)\n {8}(?:for|labels):/.exec(alert)?.[1] ?? ''] as const;
  }),
];

const metricsOf = (expr: string) =>
  Array.from(expr.matchAll(/sallyport_\w+/g), ([name]) => name.replace(/_bucket$/, ''));
const labelsOf = (expr: string) => [
  ...Array.from(expr.matchAll(/(?:by|on) \(([^)]*)\)/g), ([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  ).flat(),
  ...Array.from(expr.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g), ([, label = '']) => label),
];

let gateway: TestGateway;
let served: ReadonlySet<string>;
beforeAll(async () => {
  gateway = await testGateway();
  const text = await (await fetch(`${gateway.dataUrl}/metrics`)).text();
  served = new Set(Array.from(text.matchAll(/^# HELP (sallyport_\w+)/gm), ([, name = '']) => name));
});
afterAll(() => gateway.end());

describe('deploy/', () => {
  it('has expressions to check, for each panel and alert', () => {
    expect(expressions.length).toBeGreaterThan(20);
    for (const [name, expr] of expressions) expect(expr, name).toMatch(/\w/);
  });

  it('names metrics that the gateway has, and no others', () => {
    for (const [name, expr] of expressions) {
      for (const metric of metricsOf(expr)) expect(served.has(metric), `${metric} of ${name}`).toBe(true);
    }
  });

  it('names labels that those metrics have', () => {
    for (const [name, expr] of expressions) {
      const known = new Set([...SCRAPED, ...metricsOf(expr).flatMap((metric) => [...(labels.get(metric) ?? [])])]);
      for (const label of labelsOf(expr)) expect(known.has(label), `${label} of ${name}`).toBe(true);
    }
  });

  it('has no alert that the guide does not explain', () => {
    for (const alert of alerts) expect(guide).toContain(`\`${alert.split('\n')[0]}\``);
  });
});
