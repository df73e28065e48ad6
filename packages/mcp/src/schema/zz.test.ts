import { it } from 'vitest';
import { openAnySchema } from './argument-schema.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
it('x', () => {
  for (const [s, v] of [[{"anyOf":[{"unevaluatedItems":true}],"unevaluatedItems":false}, [[],false]], [{unevaluatedProperties:{"anyOf":[{"unevaluatedItems":true}],"unevaluatedItems":false}}, {a:[[],false]}]] as const) {
    const o = openAnySchema(s) as any;
    console.log(JSON.stringify(s), o.check(v), new Ajv2020({strict:false}).compile(s)(v));
  }
});
