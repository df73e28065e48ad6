export * from './decision.ts';
export * from './detector.ts';
export * from './errors.ts';
export * from './protocol.ts';
export * from './provider.ts';
export * from './record.ts';
export * from './text-view.ts';
export * from './vocabulary.ts';
