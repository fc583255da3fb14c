/**
 * How each language becomes objects: one or two `clang -cc1` passes over a source.
 *
 * CUDA and HIP compile twice, for the host and for the device, both to wasm32; our own headers give the languages their
 * names. OpenMP offload is asked for with a 32-bit x86 device target: Clang then emits the real offload interface and calls
 * the host version of a region when the (our) runtime says so.
 */
import { extname } from 'node:path';

export type Language = 'c' | 'c++' | 'cuda' | 'hip';

const BY_EXTENSION: Readonly<Record<string, Language>> = {
  '.c': 'c',
  '.cc': 'c++',
  '.cpp': 'c++',
  '.cxx': 'c++',
  '.cu': 'cuda',
  '.hip': 'hip',
};

export function languageOf(source: string): Language | undefined {
  return BY_EXTENSION[extname(source).toLowerCase()];
}

/** One pass over one source: what distinguishes its command line. */
export interface Pass {
  readonly suffix: 'host' | 'device';
  readonly flags: readonly string[];
  readonly cxx: boolean;
  /** The source may hold target regions. */
  readonly offload?: boolean;
}

const HOST_TRIPLE = 'wasm32-unknown-wasip1';
/** Any 32-bit target does; its own code is never produced. */
const OFFLOAD_TRIPLE = 'i386-unknown-linux-gnu';

export interface LanguageOptions {
  /** `-std=` value as the user gave it, if any. */
  readonly standard: string | undefined;
}

export function passesOf(language: Language, text: string, options: LanguageOptions): readonly Pass[] {
  const standard = (fallback: string): string => `-std=${options.standard ?? fallback}`;
  if (language === 'cuda' || language === 'hip') {
    const common = [
      '-x',
      'cuda',
      '-aux-triple',
      HOST_TRIPLE,
      '-target-sdk-version=12.0',
      standard('gnu++17'),
      ...(language === 'hip' ? HIP_DEFINES : CUDA_DEFINES),
      '-include',
      language === 'hip' ? 'hip/hip_runtime.h' : 'cuda_runtime.h',
    ];
    return [
      { suffix: 'host', flags: common, cxx: true },
      { suffix: 'device', flags: [...common, '-fcuda-is-device', '-U__CUDA_ARCH__', '-D__CUDA_ARCH__=700'], cxx: true },
    ];
  }
  const cxx = language === 'c++';
  const openmp = /^[ \t]*#[ \t]*pragma[ \t]+omp\b/m.test(text) || text.includes('<omp.h>');
  return [
    {
      suffix: 'host',
      cxx,
      offload: openmp,
      flags: ['-x', language, standard(cxx ? 'gnu++17' : 'gnu17'), ...(openmp ? openmpFlags(text) : [])],
    },
  ];
}

const CUDA_DEFINES = ['-D__CUDACC__=1', '-D__NVCC__=1', '-D__CUDACC_VER_MAJOR__=12', '-D__CUDACC_VER_MINOR__=0'];
const HIP_DEFINES = ['-D__HIP__=1', '-D__HIPCC__=1', '-D__HIP_PLATFORM_AMD__=1'];

/** Clang takes `declare target to` up to version 5.1 and `enter` from 5.2 on; `declare target` variables must be visible. */
function openmpFlags(text: string): string[] {
  const version = /declare[ \t]+target[^\n]*\benter[ \t]*\(/.test(text) ? '52' : '51';
  return ['-fopenmp', `-fopenmp-version=${version}`, `-fopenmp-targets=${OFFLOAD_TRIPLE}`, '-fvisibility=default'];
}

/** What every object is made for. */
const TARGET_FLAGS: readonly string[] = [
  '-triple',
  HOST_TRIPLE,
  '-emit-obj',
  '-mrelocation-model',
  'static',
  '-target-cpu',
  'generic',
  // Atomic operators stay recognisable, and large copies are one operator.
  '-target-feature',
  '+atomics',
  '-target-feature',
  '+bulk-memory',
];

/** Flags of every pass, by LLVM's own names (the driver's `clang -###` shows them). */
export const COMMON_FLAGS: readonly string[] = [
  ...TARGET_FLAGS,
  '-debug-info-kind=limited',
  '-dwarf-version=5',
  '-debugger-tuning=lldb',
  '-fdebug-compilation-dir=/',
  // Messages of assert() name files as the user does.
  '-fmacro-prefix-map=project/=',
  '-mconstructor-aliases',
  '-D__FAULTLINE__=1',
  '-fvisibility=hidden',
  '-fgnuc-version=4.2.1',
  '-ferror-limit',
  '19',
  '-Wformat',
  '-Wshift-count-overflow',
  // As Clang's driver does: the process ends with the pass, and names of values are for people who read IR.
  '-disable-free',
  '-discard-value-names',
  '-disable-llvm-verifier',
  '-resource-dir',
  '/usr',
  '-isysroot',
  '/usr',
];

export const SYSTEM_INCLUDES = (cxx: boolean): readonly string[] => [
  ...(cxx
    ? ['-internal-isystem', '/usr/include/wasm32-wasip1/c++/v1', '-internal-isystem', '/usr/include/c++/v1']
    : []),
  '-internal-isystem',
  '/usr/include',
  '-internal-isystem',
  '/usr/include/wasm32-wasip1',
];

/** From LLVM IR to an object. */
export const FROM_IR_FLAGS: readonly string[] = [...TARGET_FLAGS, '-x', 'ir'];
