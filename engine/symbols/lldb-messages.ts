/** What the thread of LLDB and the thread that uses it say to each other. */

export type WasmScalar =
  { readonly type: 'i32' | 'f32' | 'f64'; readonly value: number } | { readonly type: 'i64'; readonly value: bigint };

/** To LLDB. Code offsets count from the code section's contents. */
export type Question =
  | { readonly kind: 'load'; readonly wasm: Uint8Array }
  | {
      readonly kind: 'value';
      readonly expression: string;
      readonly codeOffset: number;
      readonly inlineFrame: number;
    }
  | { readonly kind: 'variables' | 'functions'; readonly codeOffset: number; readonly inlineFrame: number };

export type Reply =
  | { readonly kind: 'loaded'; readonly files: readonly string[] }
  | { readonly kind: 'value'; readonly info: ValueInfo | null; readonly missing: Missing | undefined }
  | { readonly kind: 'variables'; readonly variables: readonly ScopeEntry[] }
  | { readonly kind: 'functions'; readonly names: readonly string[] };

/** What LLDB asked for and nobody could say: an address, a local or a global. */
export interface Missing {
  readonly kind: 'memory' | 'local' | 'global';
  readonly index: number;
}

/** From LLDB while it works: `data` is where the answer goes. */
export type HostQuestion =
  | { readonly kind: 'memory'; readonly address: number; readonly data: SharedArrayBuffer }
  | { readonly kind: 'local' | 'global'; readonly index: number; readonly data: SharedArrayBuffer };

/** From LLDB: a reply, an error, or a question that it waits on `state` for (0: unknown). */
export type Answer =
  | { readonly id: number; readonly reply: Reply }
  | { readonly id: number; readonly error: string }
  | { readonly question: HostQuestion; readonly state: Int32Array };

export interface ScopeEntry {
  readonly scope: 'PARAMETER' | 'LOCAL' | 'GLOBAL';
  readonly name: string;
  readonly type: string;
}

export interface FieldInfo {
  readonly typeId: string;
  /** `*` is what a pointer points to, `0` an element of an array. */
  readonly name: string | undefined;
  readonly offset: number;
}

export interface TypeInfo {
  readonly typeId: string;
  readonly enumerators?: readonly { readonly name: string; readonly value: bigint }[];
  readonly alignment: number;
  readonly size: number;
  readonly isPointer: boolean;
  readonly members: readonly FieldInfo[];
  readonly arraySize: number;
  readonly hasValue: boolean;
  /** As written, then with typedefs resolved step by step. */
  readonly typeNames: readonly string[];
  readonly canExpand: boolean;
}

/** A value as LLDB gives it: in memory at `location`, or (a register, a computed value) as bytes. */
export interface ValueInfo {
  readonly typeInfos: readonly TypeInfo[];
  readonly root: TypeInfo;
  readonly location?: number;
  readonly data?: readonly number[];
  readonly displayValue?: string;
  readonly memoryAddress?: number;
}
