import type { PolicyId } from '@sallyport/core';
import type { LoadedPolicy } from './policy-info.ts';
import { annotationOffsets, endOfString, type PolicySource, splitStatements } from './statement.ts';

/**
 * The text of a file in which a policy in monitor mode acts from now on: the word in its `@mode`, and nothing else, is another.
 * @returns nothing where the file has no such policy, or it says its mode in a way that can't be changed word for word
 */
export function promotedText(source: PolicySource, { info }: LoadedPolicy): string | undefined {
  for (const statement of splitStatements(info.set, source)) {
    const { offsets, head } = annotationOffsets(statement.text);
    const { line, column } = statement.at(head);
    if (line !== info.at.line || column !== info.at.column) continue;
    const at = offsets.get('mode');
    const open = at === undefined ? -1 : statement.text.indexOf('"', at);
    if (open === -1 || statement.text.slice(open, endOfString(statement.text, open)) !== '"monitor"') return undefined;
    const place = statement.start + open;
    return `${source.text.slice(0, place)}"enforce"${source.text.slice(place + '"monitor"'.length)}`;
  }
  return undefined;
}

/** Why a policy can't be promoted. */
export function promotionProblem(id: PolicyId, policy: LoadedPolicy | undefined): string | undefined {
  if (policy === undefined) return `there is no policy \`${id}\` in the folder`;
  return policy.info.mode === 'enforce' ? `the policy \`${id}\` acts already` : undefined;
}
