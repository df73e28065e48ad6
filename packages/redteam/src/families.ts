import { z } from 'zod';
import benign from './benign.json' with { type: 'json' };
import { type BenignText, benignTexts } from './benign-texts.ts';
import { SECRET_KINDS } from './draw.ts';
import { CARRIERS, drillCallSchema } from './drill-case.ts';
import answerLeak from './families/answer-leak.json' with { type: 'json' };
import dangerousCall from './families/dangerous-call.json' with { type: 'json' };
import indirectInjection from './families/indirect-injection.json' with { type: 'json' };
import injectedCall from './families/injected-call.json' with { type: 'json' };
import instructionOverride from './families/instruction-override.json' with { type: 'json' };
import linkExfiltration from './families/link-exfiltration.json' with { type: 'json' };
import personaJailbreak from './families/persona-jailbreak.json' with { type: 'json' };
import promptExtraction from './families/prompt-extraction.json' with { type: 'json' };
import toolPoisoning from './families/tool-poisoning.json' with { type: 'json' };
import { DISGUISES } from './obfuscate.ts';

const id = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);

const familySchema = z.strictObject({
  id,
  title: z.string().min(1),
  /** Entry of the OWASP Top 10 for LLM applications, 2025. */
  risk: z.string().regex(/^LLM\d\d:2025$/),
  /** What the attack is after: a word said, the operator's text told, a tool called, data in an address, data in the answer. */
  aim: z.enum(['say', 'extract', 'call', 'link', 'leak']),
  carriers: z.array(z.enum(CARRIERS)).min(1),
  obfuscations: z.union([z.literal('all'), z.array(z.enum(DISGUISES)).min(1)]),
  attacks: z
    .array(
      z.strictObject({
        id,
        /** By language; `en` is the one that is disguised. */
        texts: z.object({ en: z.string().min(1) }).catchall(z.string().min(1)),
        call: drillCallSchema.optional(),
        secret: z.enum(SECRET_KINDS).optional(),
      }),
    )
    .min(1),
});

const benignSchema = z.strictObject({
  id,
  carrier: z.enum(CARRIERS),
  text: z.string().min(1),
  call: drillCallSchema.optional(),
});

export type Family = z.output<typeof familySchema>;
export type Attack = Family['attacks'][number];

/** What is sent to get through. */
export const FAMILIES: readonly Family[] = z
  .array(familySchema)
  .parse([
    instructionOverride,
    personaJailbreak,
    promptExtraction,
    indirectInjection,
    injectedCall,
    toolPoisoning,
    linkExfiltration,
    answerLeak,
    dangerousCall,
  ]);

/** What must get through: texts one by one, and those that the grammar makes. */
export const BENIGN: readonly BenignText[] = [...z.array(benignSchema).parse(benign), ...benignTexts()];
