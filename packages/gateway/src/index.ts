export { DRAIN_MS, type RunningGateway, startGateway } from './start-gateway.ts';
