import { fieldsOf, jsonOf } from '../demo-fields.ts';
import type { DemoVoice } from '../demo-voice.ts';
import { openaiDemoError } from '../openai/demo-error.ts';
import table from '../openai/signals.json' with { type: 'json' };

/** A word of its own: nobody flags anything by chance. */
const FLAGGED_WORD = 'demo-violence';
const QUIET = 0.001;
const LOUD = 0.97;

/** Moderations as the demo speaks them: a text with the word `demo-violence` is flagged for violence, others for nothing. */
export const openaiModerationsDemo: DemoVoice = {
  id: 'openai-moderations',
  read({ path, body }) {
    if (!path.startsWith('/moderations')) return undefined;
    const { input, model } = fieldsOf(jsonOf(body));
    const texts = textsOf(input);
    return {
      ask: { script: undefined, lastText: texts.at(-1) ?? '', forcedTool: undefined, schema: undefined },
      contentType: 'application/json',
      *render() {
        const results = texts.map((text) => resultOf(text.includes(FLAGGED_WORD)));
        yield Buffer.from(
          JSON.stringify({ id: 'modr-demo', model: typeof model === 'string' ? model : 'demo', results }),
        );
      },
    };
  },
  error: openaiDemoError,
  models: () => undefined,
};

/** One result for each text; parts of a message are one text together. */
function textsOf(input: unknown): readonly string[] {
  if (!Array.isArray(input)) return [typeof input === 'string' ? input : ''];
  if (input.every((item) => typeof item === 'string')) return input;
  return [input.map((part) => fieldsOf(part).text).join('\n')];
}

function resultOf(flagged: boolean): object {
  const names = Object.keys(table.moderation);
  const isLoud = (name: string) => flagged && name === 'violence';
  return {
    flagged,
    categories: Object.fromEntries(names.map((name) => [name, isLoud(name)])),
    category_scores: Object.fromEntries(names.map((name) => [name, isLoud(name) ? LOUD : QUIET])),
    category_applied_input_types: Object.fromEntries(names.map((name) => [name, ['text']])),
  };
}
