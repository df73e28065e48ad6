import type { AskedArgument, SinkRole, Source } from '@sallyport/core';
import { describeEvidence } from '@sallyport/flow';
import { visibleText } from '@sallyport/text';

/** Where one argument's value came from, as people read it. It holds content: what stood around the value. */
export interface ShownSource {
  /** The argument, such as `recipients[0]`. */
  readonly path: string;
  readonly role: SinkRole;
  readonly source: Source;
  /** The same in a sentence. */
  readonly words: string;
  /** Whether nobody who may decide it is known to have written it. */
  readonly doubtful: boolean;
  readonly evidence: readonly { readonly where: string; readonly excerpt: string }[];
}

const DECIDES: Readonly<Record<SinkRole, string>> = {
  destination: 'whom it reaches',
  credential: 'who may do what from then on',
  object: 'what it happens to',
  content: 'what is said',
  param: 'how it is done',
  code: 'what is run',
};

const CAME: Readonly<Record<Source, string>> = {
  user: 'the user wrote it',
  trusted: 'somebody who is vouched for wrote it',
  atom: "it stands in a field of a tool's result",
  mixed: "it stands in a field of a tool's result and in text that nobody vouches for",
  free: 'it stands only in text that nobody vouches for',
  none: 'it stands nowhere that can be seen',
};

/** From here on a text is said to look like an instruction, 0..1000. */
const RISKY = 500;

export function shownProvenance(provenance: readonly AskedArgument[]): readonly ShownSource[] {
  return provenance.map(({ path, role, source, endorsement, lookalike, spanRisk, evidence }) => ({
    path: visibleText(path),
    role,
    source,
    words: [
      `decides ${DECIDES[role]}`,
      CAME[source],
      ...(lookalike ? ['it reads like a known value and is another'] : []),
      ...(spanRisk >= RISKY ? ['that text looks like an instruction'] : []),
      ...(endorsement === undefined ? [] : [`endorsed: ${endorsement}`]),
    ].join('; '),
    doubtful: endorsement === undefined && (source === 'free' || source === 'none' || lookalike),
    evidence: evidence.map((each) => ({
      where: visibleText(describeEvidence(each)),
      excerpt: visibleText(each.excerpt ?? ''),
    })),
  }));
}
