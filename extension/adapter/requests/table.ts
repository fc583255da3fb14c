/** All requests that are served. */
import type { RequestDefinition } from '../request.js';
import { breakpointRequests } from './breakpoints.js';
import { customRequests } from './custom.js';
import { dataBreakpointRequests } from './data-breakpoints.js';
import { executionRequests } from './execution.js';
import { lifecycleRequests } from './lifecycle.js';
import { memoryRequests } from './memory.js';
import { sourceRequests } from './sources.js';
import { stackRequests } from './stack.js';
import { variableRequests } from './variables.js';

export const requests: readonly RequestDefinition[] = [
  ...lifecycleRequests,
  ...breakpointRequests,
  ...dataBreakpointRequests,
  ...executionRequests,
  ...stackRequests,
  ...variableRequests,
  ...memoryRequests,
  ...sourceRequests,
  ...customRequests,
];
