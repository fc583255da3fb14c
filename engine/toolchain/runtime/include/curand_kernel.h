/*
 * Random numbers of device code. The generator is Marsaglia's xorwow, as cuRAND's; its seeding is ours, so the numbers are as good as, and not
 * the same as, those of NVIDIA's library. Source: G. Marsaglia, Xorshift RNGs, J. Stat. Software 8 (2003); cuRAND documentation.
 */
#ifndef FAULTLINE_CURAND_KERNEL_H
#define FAULTLINE_CURAND_KERNEL_H
#include "cuda_runtime.h"
#define FAULTLINE_D static __device__ __forceinline__

typedef struct curandStateXORWOW {
    unsigned counter, state[5];
    int has_normal, has_double;
    float normal;
    double normal_double;
} curandStateXORWOW_t;
typedef curandStateXORWOW_t curandState, curandState_t, curandStatePhilox4_32_10_t, curandStateMRG32k3a_t, curandStateMRG32k3a, curandStatePhilox4_32_10;

FAULTLINE_D unsigned curand(curandState *s) {
    unsigned t = s->state[0] ^ (s->state[0] >> 2);
    for (int n = 0; n < 4; n++) s->state[n] = s->state[n + 1];
    s->state[4] = (s->state[4] ^ (s->state[4] << 4)) ^ (t ^ (t << 1));
    s->counter += 362437;
    return s->state[4] + s->counter;
}
FAULTLINE_D void skipahead(unsigned long long n, curandState *s) {
    for (; n > 0; n--) curand(s);
}
/* splitmix64 over seed and sequence: sequences are unrelated. */
FAULTLINE_D void curand_init(unsigned long long seed, unsigned long long sequence, unsigned long long offset, curandState *s) {
    unsigned long long z = seed + 0x9e3779b97f4a7c15ull * (2 * sequence + 1);
    for (int n = 0; n < 5; n++) {
        z += 0x9e3779b97f4a7c15ull;
        unsigned long long x = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
        s->state[n] = (unsigned)(x ^ (x >> 31)) | (n == 0);
    }
    s->counter = 6615241;
    s->has_normal = s->has_double = 0;
    skipahead(offset, s);
}
FAULTLINE_D uint4 curand4(curandState *s) { uint4 r; r.x = curand(s), r.y = curand(s), r.z = curand(s), r.w = curand(s); return r; }
FAULTLINE_D float curand_uniform(curandState *s) { return curand(s) * 2.3283064e-10f + 1.1641532e-10f; }
FAULTLINE_D double curand_uniform_double(curandState *s) {
    unsigned long long high = curand(s), low = curand(s);
    return (double)((high << 21) ^ low) * 1.1102230246251565e-16 + 5.5511151231257827e-17;
}
FAULTLINE_D float4 curand_uniform4(curandState *s) { float4 r; r.x = curand_uniform(s), r.y = curand_uniform(s), r.z = curand_uniform(s), r.w = curand_uniform(s); return r; }
/* Box and Muller's transform: two at a time. */
FAULTLINE_D float2 curand_normal2(curandState *s) {
    float r = ::sqrtf(-2.0f * ::logf(curand_uniform(s))), angle = 6.2831853071795865f * curand_uniform(s);
    return make_float2(r * ::sinf(angle), r * ::cosf(angle));
}
FAULTLINE_D double2 curand_normal2_double(curandState *s) {
    double r = ::sqrt(-2.0 * ::log(curand_uniform_double(s))), angle = 6.2831853071795864769 * curand_uniform_double(s);
    return make_double2(r * ::sin(angle), r * ::cos(angle));
}
FAULTLINE_D float4 curand_normal4(curandState *s) { float2 a = curand_normal2(s), b = curand_normal2(s); return make_float4(a.x, a.y, b.x, b.y); }
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
FAULTLINE_D unsigned curand_poisson(curandState *s, double lambda) {
    double limit = ::exp(-lambda), product = curand_uniform_double(s);
    unsigned n = 0;
    for (; product > limit; n++) product *= curand_uniform_double(s);
    return n;
}
#undef FAULTLINE_D
#endif
