/* Thrust, hipCUB, hipRAND and hipBLAS by their names of HIP. */
#include <cmath>
#include <cstdio>
#include <hip/hip_runtime.h>
#include <hipblas/hipblas.h>
#include <hipcub/hipcub.hpp>
#include <hiprand/hiprand.h>
#include <thrust/device_vector.h>
#include <thrust/reduce.h>

int main() {
    const int count = 1024;
    float *values, *sum, length, reduced;
    (void)hipMallocManaged(&values, count * sizeof *values);
    (void)hipMallocManaged(&sum, sizeof *sum);
    hiprandGenerator_t generator;
    if (hiprandCreateGenerator(&generator, HIPRAND_RNG_PSEUDO_DEFAULT) != HIPRAND_STATUS_SUCCESS) return 2;
    hiprandSetPseudoRandomGeneratorSeed(generator, 7);
    hiprandGenerateUniform(generator, values, count);
    size_t bytes = 0;
    void *temporary = nullptr;
    (void)hipcub::DeviceReduce::Sum(temporary, bytes, values, sum, count);
    (void)hipMalloc(&temporary, bytes);
    (void)hipcub::DeviceReduce::Sum(temporary, bytes, values, sum, count);
    (void)hipDeviceSynchronize();
    thrust::device_vector<float> copy(values, values + count);
    reduced = thrust::reduce(copy.begin(), copy.end());
    hipblasHandle_t handle;
    hipblasCreate(&handle);
    hipblasSasum(handle, count, values, 1, &length);
    hipblasDestroy(handle);
    bool right = std::fabs(*sum - reduced) < 0.01f && std::fabs(*sum - length) < 0.01f && std::fabs(*sum / count - 0.5f) < 0.05f;
    printf("libraries: the mean is %.1f, three sums %s\n", *sum / count, right ? "agree" : "differ");
    hiprandDestroyGenerator(generator);
    return !right;
}
