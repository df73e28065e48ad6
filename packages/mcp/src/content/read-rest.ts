import { type JsonNode, type JsonObject, pointerToken, type TextCollector } from '@sallyport/wire';
import { METHODS } from '../revision/methods.ts';
import { IDENTIFIER, type Place, readName, texts } from './read-texts.ts';

/** Every text of a message beside what was cut out of it. What says which message it is, nobody may change. */
export function readRest(root: JsonObject, cut: ReadonlySet<JsonNode>, out: TextCollector): void {
  const fixed = out.from({ fixed: true });
  for (const { key, value } of root.members) {
    const name = key.value;
    const at = { field: name, path: `/${pointerToken(name)}` };
    readName(key, out);
    if (name === 'id') readId(value, at, fixed);
    else if (name !== 'method') readAround(value, at, { cut, out });
    else if (value.kind === 'string' && !METHODS.has(value.value)) fixed.add(value, name);
  }
}

function readId(id: JsonNode, at: Place, out: TextCollector): void {
  if (id.kind === 'string' && IDENTIFIER.test(id.value)) return;
  texts(id, at, out);
}

interface Around {
  readonly cut: ReadonlySet<JsonNode>;
  readonly out: TextCollector;
}

/** A list whose items were cut out has none left; what else lies around what was cut out is an object. */
function readAround(node: JsonNode, at: Place, { cut, out }: Around): void {
  if (cut.has(node)) return;
  if (node.kind === 'array' && node.items.some((item) => cut.has(item))) return;
  if (node.kind !== 'object') {
    texts(node, at, out);
    return;
  }
  for (const { key, value } of node.members) {
    readName(key, out);
    readAround(value, { field: key.value, path: `${at.path}/${pointerToken(key.value)}` }, { cut, out });
  }
}
