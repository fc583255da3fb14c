/* Thrust on managed memory: the device's algorithms fault on it, and a host loop fetches it back. */
#include <cmath>
#include <cstdio>
#include <thrust/execution_policy.h>
#include <thrust/extrema.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/zip_iterator.h>
#include <thrust/transform.h>
#include <thrust/transform_reduce.h>
#include <thrust/tuple.h>

struct Weighted {
    __host__ __device__ double operator()(const thrust::tuple<float, int> &pair) const { return thrust::get<0>(pair) * (thrust::get<1>(pair) + 1.0); }
};

int main() {
    const int count = 20000;
    float *values;
    if (cudaMallocManaged(&values, count * sizeof *values) != cudaSuccess) return 2;
    for (int i = 0; i < count; i++) values[i] = (float)(i % 10);
    auto numbered = thrust::make_zip_iterator(thrust::make_tuple(values, thrust::make_counting_iterator(0)));
    double sum = thrust::transform_reduce(thrust::device, numbered, numbered + count, Weighted(), 0.0, thrust::plus<double>()), expected = 0;
    for (int i = 0; i < count; i++) expected += (double)values[i] * (i + 1.0);
    thrust::transform(thrust::device, values, values + count, values, [] __device__(float value) { return value == 3.0f ? 100.0f : -value; });
    float *most = thrust::max_element(thrust::device, values, values + count);
    int wrong = std::fabs(sum - expected) > 1e-3 || most - values != 3 || *most != 100.0f;
    for (int i = 0; i < count; i++) wrong += values[i] != (i % 10 == 3 ? 100.0f : -(float)(i % 10));
    printf("thrust_zip: weighted sum %.0f, the greatest at %d, %d wrong\n", sum, (int)(most - values), wrong);
    cudaFree(values);
    return wrong != 0;
}
