/** Variables as the client gets them. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { Variable } from '../../engine/index.js';
import { formatAddress } from './schema.js';

export interface ValueFormat {
  readonly hex?: boolean;
}

/** The members that a variable, a result and a changed value have in common. */
export function valueOf(variable: Variable, format: ValueFormat) {
  const { value, type, reference, namedChildren, indexedChildren, memoryAddress } = variable;
  return {
    value: format.hex === true ? inHexadecimal(value, variable.bytes) : value,
    ...(type !== null && { type }),
    variablesReference: reference,
    ...(namedChildren > 0 && { namedVariables: namedChildren }),
    ...(indexedChildren > 0 && { indexedVariables: indexedChildren }),
    ...(memoryAddress !== null && { memoryReference: formatAddress(memoryAddress) }),
  };
}

export function presentationOf({ readOnly }: Variable): P.VariablePresentationHint | null {
  return readOnly ? { kind: 'data', attributes: ['readOnly'] } : null;
}

export function toVariable(variable: Variable, format: ValueFormat): P.Variable {
  const presentationHint = presentationOf(variable);
  return {
    name: variable.name,
    ...valueOf(variable, format),
    ...(variable.evaluateName !== null && { evaluateName: variable.evaluateName }),
    ...(presentationHint && { presentationHint }),
  };
}

/** `-1` of four bytes → `0xffffffff`, `97 'a'` → `0x61 'a'`. What does not begin with a whole number stays. */
function inHexadecimal(value: string, bytes: number | null): string {
  const [whole, rest] = [/^-?\d+(?=$|\s)/.exec(value)?.[0], value.replace(/^-?\d+/, '')];
  if (whole === undefined) return value;
  const number = BigInt(whole);
  const width = bytes === null || bytes < 1 || bytes > 16 ? 8 : bytes;
  const unsigned = number < 0n ? BigInt.asUintN(width * 8, number) : number;
  return `0x${unsigned.toString(16)}${rest}`;
}
