/** Where something stands in a policy source. Lines and columns count from 1; columns are UTF-16 code units. */
export interface Position {
  /** `access/10-models.cedar`, `guard/secrets.cedar`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Why a policy set is not taken, or what its author should look at. */
export interface PolicyProblem extends Position {
  readonly code: PolicyProblemCode;
  /** Lower-case start, no final stop; user input in backticks. */
  readonly message: string;
}

export const POLICY_PROBLEM_CODES = [
  'folder',
  'file-name',
  'too-large',
  'syntax',
  'validation',
  'annotation',
  'effect',
  'permit-in-guard',
  'redact-target',
  'spotlight',
  'capture',
  'vault',
  'policy-id',
  'always-true',
  'never-true',
  'unknown-tool',
  'finding-type',
  'empty-set',
  'bundle',
] as const;
export type PolicyProblemCode = (typeof POLICY_PROBLEM_CODES)[number];

/** One line for a terminal or a log: `guard/secrets.cedar:3:1 effect: ...`. */
export function describeProblem(problem: PolicyProblem): string {
  return `${problem.file}:${problem.line}:${problem.column} ${problem.code}: ${problem.message}`;
}
