/** Something wrong with the configuration. Never holds a value that may be a secret. */
export interface ConfigProblem {
  /** The file as it was named; absent when the problem is with the environment or an option. */
  readonly file?: string;
  /** One-based. */
  readonly line?: number;
  /** One-based, in UTF-16 code units. */
  readonly column?: number;
  /** Dotted path in the file (`providers.openai.baseUrl`), variable (`SALLYPORT_PORT`) or option (`--port`). */
  readonly path: string;
  readonly message: string;
}

/** Where in the configuration something is wrong; `path` leads into the file, `variable` names an environment variable. */
export type Report = (at: { path: readonly PropertyKey[] } | { variable: string }, message: string) => void;

/** `sallyport.yaml:3:5 listen.port: must be at most 65535`. */
export function formatProblem(problem: ConfigProblem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  return [place, problem.path === '' ? '' : `${problem.path}:`, problem.message]
    .filter((part) => part !== '')
    .join(' ');
}

/** A path as people write it: `routes[0].models`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? String(step) : `.${String(step)}`;
  }
  return text;
}

/** Order of the file; what stands in no file keeps its place before it. */
export function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
