/** What is known of an object, made when it is asked for first and kept as long as the object is. */
export function remembered<K extends object, V>(known: WeakMap<K, V>, of: K, make: (of: K) => V): V {
  let facts = known.get(of);
  if (facts === undefined) {
    facts = make(of);
    known.set(of, facts);
  }
  return facts;
}
