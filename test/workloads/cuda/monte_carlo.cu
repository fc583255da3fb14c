/* cuRAND's host interface: pi from points in a square, and the moments of normal numbers. */
#include <cmath>
#include <cstdio>
#include <curand.h>

__global__ void inside(const float *points, int count, int *hits) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count && points[2 * i] * points[2 * i] + points[2 * i + 1] * points[2 * i + 1] <= 1.0f) atomicAdd(hits, 1);
}

int main() {
    const int count = 8192;
    float *points;
    double *normal;
    int *hits;
    cudaMalloc(&points, 2 * count * sizeof *points);
    cudaMallocManaged(&normal, count * sizeof *normal);
    cudaMallocManaged(&hits, sizeof *hits);
    *hits = 0;
    curandGenerator_t generator;
    if (curandCreateGenerator(&generator, CURAND_RNG_PSEUDO_DEFAULT) != CURAND_STATUS_SUCCESS) return 2;
    curandSetPseudoRandomGeneratorSeed(generator, 1234);
    curandGenerateUniform(generator, points, 2 * count);
    curandGenerateNormalDouble(generator, normal, count, 5.0, 2.0);
    inside<<<count / 256, 256>>>(points, count, hits);
    cudaDeviceSynchronize();
    double pi = 4.0 * *hits / count, mean = 0, square = 0;
    for (int i = 0; i < count; i++) mean += normal[i] / count;
    for (int i = 0; i < count; i++) square += (normal[i] - mean) * (normal[i] - mean) / count;
    bool right = std::fabs(pi - 3.14159) < 0.06 && std::fabs(mean - 5) < 0.1 && std::fabs(std::sqrt(square) - 2) < 0.1;
    printf("monte_carlo: pi is about %.2f, normal numbers %.1f +- %.1f\n", pi, mean, std::sqrt(square));
    curandDestroyGenerator(generator);
    return !right;
}
