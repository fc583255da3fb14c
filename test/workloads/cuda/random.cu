// Random numbers of device code: known answers of Philox, draws that are skipped at once, distributions, each thread with a sequence or an offset of its own.
#include <cstdio>
#include <cuda_runtime.h>
#include <curand_kernel.h>

__global__ void known(uint4 *out) {
    curandStatePhilox4_32_10_t state;
    curand_init(0, 0, 0, &state);
    out[0] = curand4(&state);
    // The counter counts blocks of four.
    curand_init(0x299f31d0a4093822ull, 0x0370734413198a2eull, 0, &state);
    for (int i = 0; i < 4; i++) skipahead(0x85a308d3243f6a88ull, &state);
    out[1] = curand4(&state);
}

__global__ void skipped(unsigned *wrong) {
    curandState one, other;
    curand_init(42, threadIdx.x, 0, &one);
    for (unsigned i = 0; i < threadIdx.x; i++) curand(&one);
    curand_init(42, threadIdx.x, threadIdx.x, &other);
    if (curand(&one) != curand(&other)) atomicAdd(wrong, 1);
    uint4 four = curand4(&one);
    if (four.x != curand(&other) || four.y != curand(&other) || four.z != curand(&other) || four.w != curand(&other)) atomicAdd(wrong, 1);
    skipahead(3, &one);
    for (int i = 0; i < 3; i++) curand(&other);
    if (curand(&one) != curand(&other)) atomicAdd(wrong, 1);
}

// Each thread begins billions of draws behind the one before.
__global__ void distributions(double *sums, int draws) {
    unsigned long long i = blockIdx.x * blockDim.x + threadIdx.x;
    curandState state;
    curand_init(1234, 0, i * 4000000000ull, &state);
    double uniform = 0, normal = 0, squares = 0, poisson = 0;
    for (int n = 0; n < draws; n++) {
        uniform += curand_uniform(&state) + curand_uniform_double(&state);
        float4 x = curand_normal4(&state);
        double y = curand_normal_double(&state);
        normal += x.x + x.y + x.z + x.w + y;
        squares += x.x * x.x + x.y * x.y + x.z * x.z + x.w * x.w + y * y;
        poisson += curand_poisson(&state, 4.0) + curand_poisson(&state, 2000.0) / 500.0;
    }
    atomicAdd(sums, uniform), atomicAdd(sums + 1, normal), atomicAdd(sums + 2, squares), atomicAdd(sums + 3, poisson);
}

static bool is_near(const char *name, double mean, double wanted, double tolerance) {
    bool ok = mean > wanted - tolerance && mean < wanted + tolerance;
    if (!ok) std::printf("random: the mean of %s is %g, not %g\n", name, mean, wanted);
    return ok;
}

int main() {
    uint4 *answers;
    unsigned *wrong;
    double *sums;
    cudaMallocManaged(&answers, 2 * sizeof *answers);
    cudaMallocManaged(&wrong, sizeof *wrong);
    cudaMallocManaged(&sums, 4 * sizeof *sums);
    *wrong = 0;
    for (int i = 0; i < 4; i++) sums[i] = 0;
    const int threads = 4096, draws = 16;
    known<<<1, 1>>>(answers);
    skipped<<<1, 64>>>(wrong);
    distributions<<<threads / 256, 256>>>(sums, draws);
    if (cudaDeviceSynchronize() != cudaSuccess) return 2;
    const uint4 zeros = answers[0], digits = answers[1];
    bool ok = zeros.x == 0x6627e8d5 && zeros.y == 0xe169c58d && zeros.z == 0xbc57ac4c && zeros.w == 0x9b00dbd8 &&
              digits.x == 0xd16cfe09 && digits.y == 0x94fdcceb && digits.z == 0x5001e420 && digits.w == 0x24126ea1;
    if (!ok) std::printf("random: %08x %08x %08x %08x, %08x %08x %08x %08x\n", zeros.x, zeros.y, zeros.z, zeros.w, digits.x, digits.y, digits.z, digits.w);
    const double count = (double)threads * draws;
    ok = ok && *wrong == 0;
    ok = is_near("uniform numbers", sums[0] / count / 2, 0.5, 0.01) && ok;
    ok = is_near("normal numbers", sums[1] / count / 5, 0, 0.01) && ok;
    ok = is_near("their squares", sums[2] / count / 5, 1, 0.02) && ok;
    ok = is_near("poisson numbers", sums[3] / count / 2, 4, 0.05) && ok;
    std::printf("random: %s\n", ok ? "ok" : "wrong");
    return ok ? 0 : 1;
}
