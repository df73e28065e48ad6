export * from './end.ts';
export { lineBytes } from './message/line-bytes.ts';
export * from './message/message.ts';
export { METHOD_MAX_CHARS, type MessageLimits, readMessage } from './message/read-message.ts';
export { ID_MAX_CHARS, idKey } from './message/request-id.ts';
export { withId } from './message/with-id.ts';
export * from './message/write-message.ts';
