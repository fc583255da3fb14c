/** Which multiprocessor a block goes to. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Multiprocessors } from '../../../engine/execution/grid/multiprocessors.js';

it('a block goes to the first of those multiprocessors that have the fewest', () => {
  const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.nat()), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), steps, (count, sequence) => {
      const multiprocessors = new Multiprocessors(count, 1);
      const blocks = Array.from({ length: count }, () => 0);
      const placed: number[] = [];
      for (const step of sequence) {
        if (step === 'take') {
          const expected = blocks.indexOf(Math.min(...blocks));
          expect(multiprocessors.takeSlot()).toBe(expected);
          blocks[expected]!++;
          placed.push(expected);
        } else if (placed.length > 0) {
          const [left] = placed.splice(step % placed.length, 1);
          multiprocessors.releaseSlot(left!);
          blocks[left!]!--;
        }
      }
    }),
  );
});
