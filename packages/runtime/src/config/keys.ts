import type { KeyConfig } from './config.ts';
import type { ConfigProblem } from './problem.ts';
import { checked } from './secret-source.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const PATH = 'SALLYPORT_KEYS';

/** Reads `name:secret,name:secret`. A secret may hold colons, never commas. */
export function parseKeys(text: string | undefined): {
  keys: readonly KeyConfig[];
  problems: readonly ConfigProblem[];
} {
  const keys: KeyConfig[] = [];
  const problems: ConfigProblem[] = [];
  const entries = (text ?? '').split(',').map((entry) => entry.trim());
  for (const [index, entry] of entries.entries()) {
    if (entry === '') continue;
    const place = `entry ${index + 1}`;
    const colon = entry.indexOf(':');
    const name = entry.slice(0, Math.max(0, colon));
    const secret = checked(entry.slice(colon + 1), place);
    if (colon < 1) problems.push({ path: PATH, message: `${place} must have the form \`name:secret\`` });
    else if (!NAME.test(name))
      problems.push({ path: PATH, message: `${place} has a name other than 1 to 63 of \`a-z 0-9 . _ -\`` });
    else if ('message' in secret) problems.push({ path: PATH, message: secret.message });
    else if (keys.some((key) => key.name === name)) problems.push({ path: PATH, message: `${place} repeats a name` });
    else keys.push({ name, secret });
  }
  return { keys, problems };
}
