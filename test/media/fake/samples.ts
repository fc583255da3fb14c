/** Data as a host sends it: a small CUDA program on one device, and big ones. Deterministic, for pictures that are compared. */
export * from './map-samples.js';
export * from './timeline-samples.js';
export * from './memories-samples.js';
export { answerEvents, events, history as pageHistory } from './events-samples.js';
