import { z } from 'zod';
import families from './families.json' with { type: 'json' };
import forms from './forms.json' with { type: 'json' };
import ar from './languages/ar.json' with { type: 'json' };
import bn from './languages/bn.json' with { type: 'json' };
import cs from './languages/cs.json' with { type: 'json' };
import da from './languages/da.json' with { type: 'json' };
import de from './languages/de.json' with { type: 'json' };
import el from './languages/el.json' with { type: 'json' };
import en from './languages/en.json' with { type: 'json' };
import es from './languages/es.json' with { type: 'json' };
import fa from './languages/fa.json' with { type: 'json' };
import fi from './languages/fi.json' with { type: 'json' };
import fr from './languages/fr.json' with { type: 'json' };
import he from './languages/he.json' with { type: 'json' };
import hi from './languages/hi.json' with { type: 'json' };
import hu from './languages/hu.json' with { type: 'json' };
import id from './languages/id.json' with { type: 'json' };
import it from './languages/it.json' with { type: 'json' };
import ja from './languages/ja.json' with { type: 'json' };
import ko from './languages/ko.json' with { type: 'json' };
import nl from './languages/nl.json' with { type: 'json' };
import pl from './languages/pl.json' with { type: 'json' };
import pt from './languages/pt.json' with { type: 'json' };
import ro from './languages/ro.json' with { type: 'json' };
import ru from './languages/ru.json' with { type: 'json' };
import sv from './languages/sv.json' with { type: 'json' };
import th from './languages/th.json' with { type: 'json' };
import tr from './languages/tr.json' with { type: 'json' };
import uk from './languages/uk.json' with { type: 'json' };
import vi from './languages/vi.json' with { type: 'json' };
import zh from './languages/zh.json' with { type: 'json' };

const structureSchema = z.strictObject({
  family: z.enum(Object.keys(families)),
  /** Absent where a family holds harmless texts only. */
  attack: z.string().min(1).optional(),
  /** The harmless twin: it shares words and build, and asks for nothing bad. */
  benign: z.string().min(1),
  /** Kept for measuring, and never trained with. */
  measure: z.literal(true).optional(),
});

const languageSchema = z.strictObject({
  /** What the language is written in (Unicode script); `English` is Latin without marks. */
  script: z.string().min(1),
  slots: z.record(z.string().regex(/^[a-z]+$/), z.array(z.string().min(1)).min(1)),
  structures: z.array(structureSchema).min(1),
});

export type Structure = z.output<typeof structureSchema>;
export type Language = z.output<typeof languageSchema>;

/** Structures that are written in marks of machines more than in words: every language has them. */
const FORMS = z.array(structureSchema).parse(forms);

/** By BCP 47 tag. */
export const LANGUAGES: ReadonlyMap<string, Language> = new Map(
  Object.entries(
    z.record(z.string(), languageSchema).parse({
      en,
      ar,
      bn,
      cs,
      da,
      de,
      el,
      es,
      fa,
      fi,
      fr,
      he,
      hi,
      hu,
      id,
      it,
      ja,
      ko,
      nl,
      pl,
      pt,
      ro,
      ru,
      sv,
      th,
      tr,
      uk,
      vi,
      zh,
    }),
  ),
);

export function structuresOf(language: Language): readonly Structure[] {
  return [...language.structures, ...FORMS];
}
