/*
 * Random numbers of device code. The generator of all states is Philox4x32-10, with cuRAND's counters and transformations: states of that type give
 * NVIDIA's numbers, and those of the others numbers as good as theirs, and not the same. To skip any number of draws takes no time.
 * Source: J. Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011; cuRAND documentation, Device API.
 */
#ifndef FAULTLINE_CURAND_KERNEL_H
#define FAULTLINE_CURAND_KERNEL_H
#include "cuda_runtime.h"
#define FAULTLINE_D static __device__ __forceinline__

typedef struct curandStateXORWOW {
    /* Of the four numbers that are drawn now: which of a sequence, and which sequence. */
    unsigned long long block, sequence, seed;
    unsigned numbers[4];
    int drawn, has_normal, has_double;
    float normal;
    double normal_double;
} curandStateXORWOW_t;
typedef curandStateXORWOW_t curandState, curandState_t, curandStatePhilox4_32_10, curandStatePhilox4_32_10_t, curandStateMRG32k3a, curandStateMRG32k3a_t;

FAULTLINE_D void __faultline_philox(curandState *s) {
    unsigned a = (unsigned)s->block, b = (unsigned)(s->block >> 32), c = (unsigned)s->sequence, d = (unsigned)(s->sequence >> 32);
    unsigned key = (unsigned)s->seed, other = (unsigned)(s->seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        unsigned long long left = 0xd2511f53ull * a, right = 0xcd9e8d57ull * c;
        a = (unsigned)(right >> 32) ^ b ^ key, b = (unsigned)right;
        c = (unsigned)(left >> 32) ^ d ^ other, d = (unsigned)left;
        key += 0x9e3779b9u, other += 0xbb67ae85u;
    }
    s->numbers[0] = a, s->numbers[1] = b, s->numbers[2] = c, s->numbers[3] = d;
}
FAULTLINE_D void __faultline_next_philox(curandState *s, unsigned long long blocks) {
    s->block += blocks;
    if (s->block < blocks) s->sequence++;
    __faultline_philox(s);
}
FAULTLINE_D void skipahead(unsigned long long n, curandState *s) {
    unsigned drawn = s->drawn + (unsigned)(n & 3);
    s->drawn = drawn & 3;
    __faultline_next_philox(s, (n >> 2) + (drawn >> 2));
}
FAULTLINE_D void skipahead_sequence(unsigned long long n, curandState *s) {
    s->sequence += n;
    __faultline_philox(s);
}
FAULTLINE_D void curand_init(unsigned long long seed, unsigned long long sequence, unsigned long long offset, curandState *s) {
    s->block = 0, s->sequence = sequence, s->seed = seed;
    s->drawn = s->has_normal = s->has_double = 0;
    skipahead(offset, s);
}
FAULTLINE_D unsigned curand(curandState *s) {
    int at = s->drawn;
    unsigned number = at == 0 ? s->numbers[0] : at == 1 ? s->numbers[1] : at == 2 ? s->numbers[2] : s->numbers[3];
    s->drawn = (at + 1) & 3;
    if (s->drawn == 0) __faultline_next_philox(s, 1);
    return number;
}
FAULTLINE_D uint4 curand4(curandState *s) {
    if (s->drawn == 0) {
        uint4 r = make_uint4(s->numbers[0], s->numbers[1], s->numbers[2], s->numbers[3]);
        __faultline_next_philox(s, 1);
        return r;
    }
    uint4 r;
    r.x = curand(s), r.y = curand(s), r.z = curand(s), r.w = curand(s);
    return r;
}

FAULTLINE_D float __faultline_uniform(unsigned x) { return x * 2.3283064365386963e-10f + 1.1641532182693481e-10f; }
FAULTLINE_D double __faultline_uniform_double(unsigned x, unsigned y) {
    return (x ^ ((unsigned long long)y << 21)) * 1.1102230246251565e-16 + 5.5511151231257827e-17;
}
/* Box and Muller's transform: two at a time. */
FAULTLINE_D float2 __faultline_normal2(unsigned x, unsigned y) {
    float r = ::sqrtf(-2.0f * ::logf(__faultline_uniform(x))), angle = y * 1.4629180792671596e-9f + 7.3145903963357980e-10f;
    return make_float2(r * ::sinf(angle), r * ::cosf(angle));
}
FAULTLINE_D double2 __faultline_normal2_double(uint4 x) {
    double r = ::sqrt(-2.0 * ::log(__faultline_uniform_double(x.x, x.y))), angle = 6.2831853071795864769 * __faultline_uniform_double(x.z, x.w);
    return make_double2(r * ::sin(angle), r * ::cos(angle));
}
FAULTLINE_D float curand_uniform(curandState *s) { return __faultline_uniform(curand(s)); }
FAULTLINE_D float4 curand_uniform4(curandState *s) {
    uint4 x = curand4(s);
    return make_float4(__faultline_uniform(x.x), __faultline_uniform(x.y), __faultline_uniform(x.z), __faultline_uniform(x.w));
}
FAULTLINE_D double curand_uniform_double(curandState *s) {
    unsigned x = curand(s);
    return __faultline_uniform_double(x, curand(s));
}
FAULTLINE_D double2 curand_uniform2_double(curandState *s) {
    uint4 x = curand4(s);
    return make_double2(__faultline_uniform_double(x.x, x.y), __faultline_uniform_double(x.z, x.w));
}
FAULTLINE_D double4 curand_uniform4_double(curandState *s) {
    double2 a = curand_uniform2_double(s), b = curand_uniform2_double(s);
    return make_double4(a.x, a.y, b.x, b.y);
}
FAULTLINE_D float2 curand_normal2(curandState *s) {
    unsigned x = curand(s);
    return __faultline_normal2(x, curand(s));
}
FAULTLINE_D double2 curand_normal2_double(curandState *s) { return __faultline_normal2_double(curand4(s)); }
FAULTLINE_D float4 curand_normal4(curandState *s) {
    uint4 x = curand4(s);
    float2 a = __faultline_normal2(x.x, x.y), b = __faultline_normal2(x.z, x.w);
    return make_float4(a.x, a.y, b.x, b.y);
}
FAULTLINE_D double4 curand_normal4_double(curandState *s) {
    double2 a = curand_normal2_double(s), b = curand_normal2_double(s);
    return make_double4(a.x, a.y, b.x, b.y);
}
FAULTLINE_D float curand_normal(curandState *s) {
    s->has_normal = !s->has_normal;
    if (!s->has_normal) return s->normal;
    float2 two = curand_normal2(s);
    s->normal = two.y;
    return two.x;
}
FAULTLINE_D double curand_normal_double(curandState *s) {
    s->has_double = !s->has_double;
    if (!s->has_double) return s->normal_double;
    double2 two = curand_normal2_double(s);
    s->normal_double = two.y;
    return two.x;
}
FAULTLINE_D float curand_log_normal(curandState *s, float mean, float deviation) { return ::expf(mean + deviation * curand_normal(s)); }
FAULTLINE_D double curand_log_normal_double(curandState *s, double mean, double deviation) { return ::exp(mean + deviation * curand_normal_double(s)); }
FAULTLINE_D float2 curand_log_normal2(curandState *s, float mean, float deviation) {
    float2 x = curand_normal2(s);
    return make_float2(::expf(mean + deviation * x.x), ::expf(mean + deviation * x.y));
}
FAULTLINE_D float4 curand_log_normal4(curandState *s, float mean, float deviation) {
    float4 x = curand_normal4(s);
    return make_float4(::expf(mean + deviation * x.x), ::expf(mean + deviation * x.y), ::expf(mean + deviation * x.z), ::expf(mean + deviation * x.w));
}
/* By products of uniform numbers, in steps that exp() has room for. */
FAULTLINE_D unsigned curand_poisson(curandState *s, double lambda) {
    unsigned n = 0;
    for (double rest = lambda; rest > 0; rest -= 500) {
        double limit = ::exp(rest < 500 ? -rest : -500.0), product = curand_uniform_double(s);
        for (; product > limit; n++) product *= curand_uniform_double(s);
    }
    return n;
}
FAULTLINE_D uint4 curand_poisson4(curandState *s, double lambda) {
    uint4 r;
    r.x = curand_poisson(s, lambda), r.y = curand_poisson(s, lambda), r.z = curand_poisson(s, lambda), r.w = curand_poisson(s, lambda);
    return r;
}
#undef FAULTLINE_D
#endif
