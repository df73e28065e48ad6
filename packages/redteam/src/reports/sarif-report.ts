import { FAMILIES } from '../families.ts';
import type { DrillResult } from '../run-drill.ts';

/** SARIF 2.1.0 (OASIS Standard, 2020-03-27): a rule for each family, a result for each attack that got through. Never a text. */
export function sarifReport(results: readonly DrillResult[], version: string): object {
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'sallyport drill',
            version,
            rules: FAMILIES.map(({ id, title, risk }) => ({
              id,
              shortDescription: { text: title },
              properties: { tags: ['security', risk] },
            })),
          },
        },
        invocations: [{ executionSuccessful: results.every(({ outcome }) => outcome !== 'unanswered') }],
        results: results
          .filter(({ drillCase, outcome }) => drillCase.side === 'attack' && outcome === 'passed')
          .map(sarifResult),
      },
    ],
  };
}

function sarifResult({ drillCase, exchange }: DrillResult): object {
  const { id, family, carrier, obfuscation } = drillCase;
  return {
    ruleId: family,
    ...ruleIndexOf(family),
    level: 'error',
    message: { text: `Got through: carrier ${carrier}, obfuscation ${obfuscation}, exchange ${exchange}.` },
    locations: [{ logicalLocations: [{ fullyQualifiedName: id, kind: 'member' }] }],
    partialFingerprints: { 'drillCase/v1': id },
  };
}

/** A saved case may be of a family that is no more. */
function ruleIndexOf(family: string): { readonly ruleIndex?: number } {
  const ruleIndex = FAMILIES.findIndex(({ id }) => id === family);
  return ruleIndex < 0 ? {} : { ruleIndex };
}
