export * from './byte-accumulator.ts';
export * from './byte-offsets.ts';
export * from './framing.ts';
export * from './json-literal.ts';
export * from './json-node.ts';
export { bufferOf, decodeUtf8, type JsonRules, parseJson } from './parse-json.ts';
export * from './scan-body.ts';
export * from './sse-parser.ts';
