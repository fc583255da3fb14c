/*
 * cuRAND's host interface: each number is made by a thread of a kernel of its own, from seed and index alone, so a run is the same every time. The
 * numbers are not NVIDIA's bits, and all generators of one kind are one generator. Source: cuRAND Library documentation.
 */
#ifndef FAULTLINE_CURAND_H
#define FAULTLINE_CURAND_H
#define CURAND_H_
#include "curand_kernel.h"

typedef enum curandStatus {
    CURAND_STATUS_SUCCESS = 0, CURAND_STATUS_VERSION_MISMATCH = 100, CURAND_STATUS_NOT_INITIALIZED = 101, CURAND_STATUS_ALLOCATION_FAILED = 102,
    CURAND_STATUS_TYPE_ERROR = 103, CURAND_STATUS_OUT_OF_RANGE = 104, CURAND_STATUS_LENGTH_NOT_MULTIPLE = 105,
    CURAND_STATUS_DOUBLE_PRECISION_REQUIRED = 106, CURAND_STATUS_LAUNCH_FAILURE = 201, CURAND_STATUS_PREEXISTING_FAILURE = 202,
    CURAND_STATUS_INITIALIZATION_FAILED = 203, CURAND_STATUS_ARCH_MISMATCH = 204, CURAND_STATUS_INTERNAL_ERROR = 999
} curandStatus_t;
typedef enum curandRngType {
    CURAND_RNG_TEST = 0, CURAND_RNG_PSEUDO_DEFAULT = 100, CURAND_RNG_PSEUDO_XORWOW = 101, CURAND_RNG_PSEUDO_MRG32K3A = 121, CURAND_RNG_PSEUDO_MTGP32 = 141,
    CURAND_RNG_PSEUDO_MT19937 = 142, CURAND_RNG_PSEUDO_PHILOX4_32_10 = 161, CURAND_RNG_QUASI_DEFAULT = 200, CURAND_RNG_QUASI_SOBOL32 = 201,
    CURAND_RNG_QUASI_SCRAMBLED_SOBOL32 = 202, CURAND_RNG_QUASI_SOBOL64 = 203
} curandRngType_t;
typedef enum curandOrdering { CURAND_ORDERING_PSEUDO_BEST = 100, CURAND_ORDERING_PSEUDO_DEFAULT = 101, CURAND_ORDERING_PSEUDO_SEEDED = 102, CURAND_ORDERING_QUASI_DEFAULT = 201 } curandOrdering_t;
typedef struct curandGenerator_st {
    unsigned long long seed, offset;
    cudaStream_t stream;
    bool on_host;
} *curandGenerator_t;

namespace faultline {
/* splitmix64 (S. Vigna) of the seed and a counter. */
inline __host__ __device__ unsigned long long random_bits(unsigned long long seed, unsigned long long n) {
    unsigned long long x = seed * 0x9e3779b97f4a7c15ull + (n + 1) * 0xd1342543de82ef95ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}
/* In (0, 1]. */
inline __host__ __device__ double random_unit(unsigned long long bits) { return ((double)(bits >> 11) + 1.0) * 0x1p-53; }
struct random_integer {
    template <class T> __host__ __device__ void make(T *out, unsigned long long seed, unsigned long long n) const { *out = (T)(random_bits(seed, n) >> (64 - 8 * sizeof(T))); }
};
struct random_uniform {
    __host__ __device__ void make(double *out, unsigned long long seed, unsigned long long n) const { *out = random_unit(random_bits(seed, n)); }
    __host__ __device__ void make(float *out, unsigned long long seed, unsigned long long n) const { *out = (float)((random_bits(seed, n) >> 40) + 1) * 0x1p-24f; }
};
template <bool logarithmic> struct random_normal {
    double mean, deviation;
    template <class T> __host__ __device__ void make(T *out, unsigned long long seed, unsigned long long n) const {
        double radius = ::sqrt(-2.0 * ::log(random_unit(random_bits(seed, n & ~1ull)))), angle = 6.283185307179586 * random_unit(random_bits(seed, n | 1));
        double value = mean + deviation * radius * (n & 1 ? ::cos(angle) : ::sin(angle));
        *out = (T)(logarithmic ? ::exp(value) : value);
    }
};
struct random_poisson {
    double lambda;
    __host__ __device__ void make(unsigned *out, unsigned long long seed, unsigned long long n) const {
        double limit = ::exp(-lambda), product = 1;
        unsigned count = 0;
        unsigned long long own = random_bits(seed, n);
        for (; (product *= random_unit(random_bits(own, count))) > limit;) count++;
        *out = count;
    }
};
template <class T, class F> __global__ void generate_random(T *out, size_t count, unsigned long long seed, unsigned long long offset, F f) {
    for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < count; i += (size_t)gridDim.x * blockDim.x) f.make(out + i, seed, offset + i);
}
template <class T, class F> curandStatus_t generate(curandGenerator_t generator, T *out, size_t count, F f) {
    if (!generator) return CURAND_STATUS_NOT_INITIALIZED;
    if (generator->on_host)
        for (size_t i = 0; i < count; i++) f.make(out + i, generator->seed, generator->offset + i);
    else if (count > 0) {
        size_t blocks = (count + 255) / 256;
        generate_random<<<(unsigned)(blocks < 1024 ? blocks : 1024), 256, 0, generator->stream>>>(out, count, generator->seed, generator->offset, f);
    }
    generator->offset += count;
    return CURAND_STATUS_SUCCESS;
}
} // namespace faultline

inline curandStatus_t curandCreateGenerator(curandGenerator_t *generator, curandRngType_t) {
    *generator = new curandGenerator_st{0, 0, 0, false};
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandCreateGeneratorHost(curandGenerator_t *generator, curandRngType_t) {
    *generator = new curandGenerator_st{0, 0, 0, true};
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandDestroyGenerator(curandGenerator_t generator) {
    if (!generator) return CURAND_STATUS_NOT_INITIALIZED;
    delete generator;
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t generator, unsigned long long seed) { return generator->seed = seed, generator->offset = 0, CURAND_STATUS_SUCCESS; }
inline curandStatus_t curandSetGeneratorOffset(curandGenerator_t generator, unsigned long long offset) { return generator->offset = offset, CURAND_STATUS_SUCCESS; }
inline curandStatus_t curandSetGeneratorOrdering(curandGenerator_t, curandOrdering_t) { return CURAND_STATUS_SUCCESS; }
inline curandStatus_t curandSetQuasiRandomGeneratorDimensions(curandGenerator_t, unsigned) { return CURAND_STATUS_SUCCESS; }
inline curandStatus_t curandSetStream(curandGenerator_t generator, cudaStream_t stream) { return generator->stream = stream, CURAND_STATUS_SUCCESS; }
inline curandStatus_t curandGenerateSeeds(curandGenerator_t) { return CURAND_STATUS_SUCCESS; }
inline curandStatus_t curandGetVersion(int *version) { return *version = 10300, CURAND_STATUS_SUCCESS; }
inline curandStatus_t curandGenerate(curandGenerator_t g, unsigned *out, size_t n) { return faultline::generate(g, out, n, faultline::random_integer()); }
inline curandStatus_t curandGenerateLongLong(curandGenerator_t g, unsigned long long *out, size_t n) { return faultline::generate(g, out, n, faultline::random_integer()); }
inline curandStatus_t curandGenerateUniform(curandGenerator_t g, float *out, size_t n) { return faultline::generate(g, out, n, faultline::random_uniform()); }
inline curandStatus_t curandGenerateUniformDouble(curandGenerator_t g, double *out, size_t n) { return faultline::generate(g, out, n, faultline::random_uniform()); }
#define FAULTLINE_NORMAL(name, T, logarithmic)                                                                                       \
    inline curandStatus_t name(curandGenerator_t g, T *out, size_t n, T mean, T deviation) {                                         \
        if (n % 2 != 0) return CURAND_STATUS_LENGTH_NOT_MULTIPLE;                                                                    \
        return faultline::generate(g, out, n, faultline::random_normal<logarithmic>{mean, deviation});                               \
    }
FAULTLINE_NORMAL(curandGenerateNormal, float, false)
FAULTLINE_NORMAL(curandGenerateNormalDouble, double, false)
FAULTLINE_NORMAL(curandGenerateLogNormal, float, true)
FAULTLINE_NORMAL(curandGenerateLogNormalDouble, double, true)
#undef FAULTLINE_NORMAL
inline curandStatus_t curandGeneratePoisson(curandGenerator_t g, unsigned *out, size_t n, double lambda) { return faultline::generate(g, out, n, faultline::random_poisson{lambda}); }
#endif
