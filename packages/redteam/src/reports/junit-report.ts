import type { DrillResult } from '../run-drill.ts';

/** JUnit's XML as build servers read it: a suite for each family, a test for each case. Never a text. */
export function junitReport(results: readonly DrillResult[]): string {
  const families = [...new Set(results.map(({ drillCase }) => drillCase.family))].sort();
  const suites = families.map((family) =>
    suiteOf(
      family,
      results.filter(({ drillCase }) => drillCase.family === family),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${counts(results)}>\n${suites.join('')}</testsuites>\n`;
}

function suiteOf(family: string, results: readonly DrillResult[]): string {
  return `  <testsuite name="${escaped(family)}"${counts(results)}>\n${results.map(testOf).join('')}  </testsuite>\n`;
}

function counts(results: readonly DrillResult[]): string {
  const errors = results.filter(({ outcome }) => outcome === 'unanswered').length;
  return ` tests="${results.length}" failures="${results.filter(failed).length}" errors="${errors}"`;
}

function failed({ drillCase, outcome }: DrillResult): boolean {
  return outcome === (drillCase.side === 'attack' ? 'passed' : 'stopped');
}

function testOf(result: DrillResult): string {
  const { drillCase, exchange, outcome, answer } = result;
  const head = `    <testcase classname="${escaped(drillCase.family)}" name="${escaped(drillCase.id)}"`;
  if (outcome === 'unanswered') return `${head}><error message="${escaped(answer)}"/></testcase>\n`;
  if (!failed(result)) return `${head}/>\n`;
  const said = drillCase.side === 'attack' ? 'got through' : 'was blocked';
  return `${head}><failure message="${said}, exchange ${escaped(exchange)}"/></testcase>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
