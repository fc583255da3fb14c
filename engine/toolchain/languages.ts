/**
 * How each language becomes objects: one or two `clang -cc1` passes over a source.
 *
 * CUDA and HIP compile twice, for the host and for the device, both to wasm32; our own headers give the languages their
 * names. OpenMP offload is asked for with a 32-bit x86 device target: Clang then emits the real offload interface and calls
 * the host version of a region when the (our) runtime says so.
 */
import { extname } from 'node:path';
import { FORMAT_FLAGS } from './format-width.js';
import { LONG_WIDTH_WARNINGS } from './long-width.js';

export type Language = 'c' | 'c++' | 'cuda' | 'hip';

const BY_EXTENSION: Readonly<Record<string, Language>> = {
  '.c': 'c',
  '.cc': 'c++',
  '.cpp': 'c++',
  '.cxx': 'c++',
  '.cu': 'cuda',
  '.hip': 'hip',
};

/** @param text the source's: C++ and CUDA files that include HIP are HIP's, as for hipcc */
export function languageOf(source: string, text = ''): Language | undefined {
  const language = BY_EXTENSION[extname(source).toLowerCase()];
  if ((language === 'c++' || language === 'cuda') && INCLUDES_HIP.test(text)) return 'hip';
  return language;
}

const INCLUDES_HIP = /^[ \t]*#[ \t]*include[ \t]*[<"]hip\/hip_/m;

/**
 * Whether C of a program is C++: it names a header of C++, as none of C is called, and does not ask which of the two it is. g++ and icpx take
 * `.c` for it.
 */
export function isCxx(source: string, text: string): boolean {
  return (
    languageOf(source) === 'c' && !text.includes('__cplusplus') && /^[ \t]*#[ \t]*include[ \t]*<[a-z_]+>/m.test(text)
  );
}

/**
 * What programs name without including it: with nvcc and libstdc++ these headers come with others. libc++'s do not bring them, and to
 * include all of them would make each pass two seconds longer.
 */
const IMPLIED: readonly (readonly [use: RegExp, header: string])[] = [
  [/\b(?:cout|cerr|endl)\b/, 'iostream'],
  [/\b[io]?stringstream\b/, 'sstream'],
  [/\b[io]?fstream\b/, 'fstream'],
  [/\b(?:setw|setprecision|setfill)\b/, 'iomanip'],
  [/\bnew[ \t]*\([^()]*\)[ \t]*\w/, 'new'],
  [/\bstd::(?:string|to_string)\b/, 'string'],
  [/\bstd::vector\b/, 'vector'],
  [/\bstd::chrono\b/, 'chrono'],
  [
    /\bstd::(?:sort|fill|fill_n|generate|copy|min_element|max_element|transform|find|reverse|shuffle|min|max|swap|equal)\b/,
    'algorithm',
  ],
  [/\bstd::(?:iota|accumulate|inner_product)\b/, 'numeric'],
  [/\bstd::(?:unique_ptr|shared_ptr|make_unique)\b/, 'memory'],
  [/\bstd::(?:function|plus|less|greater)\b/, 'functional'],
  [/\bstd::numeric_limits\b/, 'limits'],
  [/\bstd::map\b/, 'map'],
  [/\bstd::(?:runtime_error|invalid_argument)\b/, 'stdexcept'],
  [/\b(?:std::)?(?:isnan|isinf|isfinite|abs|fabs|sqrt|pow)[ \t]*\(/, 'cmath'],
];

function implied(text: string): string[] {
  return IMPLIED.filter(([use]) => use.test(text)).map(([, header]) => header);
}

/** The words of exceptions and no code to unwind: see runtime/src/exceptions.c. */
const EXCEPTIONS = '-fcxx-exceptions';

/** One pass over one source: what distinguishes its command line. */
export interface Pass {
  readonly suffix: 'host' | 'device';
  /** The language's own, the same for every source. */
  readonly flags: readonly string[];
  /** The header that every source of the language begins with. */
  readonly prelude?: string;
  /** Headers that this source needs besides. */
  readonly implied?: readonly string[];
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

/** @param texts the source's and those of the project's headers that it includes, see project-texts.ts */
export function passesOf(language: Language, texts: readonly string[], options: LanguageOptions): readonly Pass[] {
  const [text = ''] = texts;
  const standard = (fallback: string): string => `-std=${options.standard ?? fallback}`;
  if (language === 'cuda' || language === 'hip') {
    const prelude = language === 'hip' ? 'hip/hip_runtime.h' : 'cuda_runtime.h';
    const both = { prelude, implied: implied(text), cxx: true };
    const common = [
      '-x',
      'cuda',
      '-aux-triple',
      HOST_TRIPLE,
      '-target-sdk-version=12.0',
      EXCEPTIONS,
      standard('gnu++17'),
      ...linux(standard('gnu++17')),
      // As with nvcc, a constant that a float rounds is a warning.
      '-Wno-error=c++11-narrowing',
      REGISTER,
      ...executionPolicies(texts),
      ...(language === 'hip' ? HIP_DEFINES : CUDA_DEFINES),
    ];
    return [
      { ...both, suffix: 'host', flags: common },
      { ...both, suffix: 'device', flags: [...common, ...DEVICE, ...(language === 'hip' ? HIP_DEVICE : CUDA_DEVICE)] },
    ];
  }
  const cxx = language === 'c++';
  const openmp = texts.some((each) => OPENMP.test(each));
  return [
    {
      suffix: 'host',
      cxx,
      // Called without a declaration it would return an int, which our C library's does not.
      implied: !cxx && /\btime[ \t]*\([ \t]*(?:NULL|0|&)/.test(text) ? ['time.h'] : [],
      offload: openmp,
      flags: [
        '-x',
        language,
        standard(cxx ? 'gnu++17' : 'gnu17'),
        ...linux(standard(cxx ? 'gnu++17' : 'gnu17')),
        ...(cxx ? [EXCEPTIONS, REGISTER, ...executionPolicies(texts)] : OLD_C),
        ...(openmp ? openmpFlags(texts) : []),
      ],
    },
  ];
}

/**
 * What programs ask whether they are on Linux. Headers of libc++ that would be others than those of its library ask before they are told
 * (runtime/include/__atomic, __locale_dir). @param standard a `-std=` flag
 */
function linux(standard: string): readonly string[] {
  const names = ['__linux__', '__linux', '__gnu_linux__', '__unix__', '__unix'];
  // As GCC has it: names of the user's only where GNU's dialect is asked for.
  if (standard.includes('=gnu')) names.push('linux', 'unix');
  return names.map((name) => `-D${name}=1`);
}

/** libc++ has the algorithms with execution policies for who asks for its experiments; they run one step after another. */
function executionPolicies(texts: readonly string[]): readonly string[] {
  const asks = texts.some((text) => /^[ \t]*#[ \t]*include[ \t]*<execution>/m.test(text));
  return asks ? ['-D_LIBCPP_ENABLE_EXPERIMENTAL=1', '-Wno-pass-failed'] : [];
}

/** `register`, which C++17 dropped: a warning of GCC's and nvcc's. */
const REGISTER = '-Wno-error=register';

/** What C99 dropped and GCC warned of for twenty years more. A call that does not fit the function is an error of the linker's here. */
const OLD_C = ['-Wno-error=implicit-int', '-Wno-error=implicit-function-declaration', '-Wno-error=int-conversion'];

const CUDA_DEFINES = ['-D__CUDACC__=1', '-D__NVCC__=1', '-D__CUDACC_VER_MAJOR__=12', '-D__CUDACC_VER_MINOR__=0'];
/** Our headers ask for the first; what the languages themselves have differs. */
const DEVICE = ['-fcuda-is-device', '-D__FAULTLINE_DEVICE__=1', '-U__CUDA_ARCH__'];
const CUDA_DEVICE = ['-D__CUDA_ARCH__=700'];
const HIP_DEVICE = ['-D__HIP_DEVICE_COMPILE__=1'];
const HIP_DEFINES = ['-D__HIP__=1', '-D__HIPCC__=1', '-D__HIP_PLATFORM_AMD__=1'];

/** With the syntax that came after the version that most programs are of, whose own has in part been dropped since. */
export function newerOpenmp(pass: Pass): Pass | undefined {
  const flags = pass.flags.map((flag) => (flag === OPENMP_5_1 ? OPENMP_5_2 : flag));
  return pass.flags.includes(OPENMP_5_1) ? { ...pass, flags } : undefined;
}

const OPENMP_5_1 = '-fopenmp-version=51';
const OPENMP_5_2 = '-fopenmp-version=52';

const OPENMP = /^[ \t]*#[ \t]*(?:pragma[ \t]+omp\b|include[ \t]*[<"]omp\.h[>"])|\b_Pragma[ \t]*\([ \t]*"omp\b/m;

/** Clang takes `declare target to` up to version 5.1 and `enter` from 5.2 on; `declare target` variables must be visible. */
function openmpFlags(texts: readonly string[]): string[] {
  const enters = texts.some((text) => /declare[ \t]+target[^\n]*\benter[ \t]*\(/.test(text));
  const version = enters ? OPENMP_5_2 : OPENMP_5_1;
  return ['-fopenmp', '-fnoopenmp-use-tls', version, `-fopenmp-targets=${OFFLOAD_TRIPLE}`, '-fvisibility=default'];
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
  '-fmacro-prefix-map=/project/=',
  '-mconstructor-aliases',
  '-D__FAULTLINE__=1',
  '-fvisibility=hidden',
  '-fgnuc-version=4.2.1',
  '-ferror-limit',
  '19',
  ...FORMAT_FLAGS,
  ...LONG_WIDTH_WARNINGS,
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
