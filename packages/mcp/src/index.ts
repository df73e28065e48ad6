export * from './end.ts';
export * from './message/message.ts';
