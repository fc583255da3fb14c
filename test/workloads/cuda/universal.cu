// A vector of managed memory: Thrust's algorithms run over it as kernels, and the host reads and writes the same elements in between; and
// complex numbers, of which both sides compute the same.
#include <cmath>
#include <complex>
#include <cstdio>
#include <thrust/complex.h>
#include <thrust/reduce.h>
#include <thrust/sequence.h>
#include <thrust/sort.h>
#include <thrust/transform.h>
#include <thrust/universal_vector.h>

typedef thrust::complex<double> number;

struct Map {
    __host__ __device__ number operator()(const number &z) const {
        number w = z * z + 2.0 / (z + number(0.5, 1)) - conj(z);
        w *= 0.5;
        return exp(w / 3.0) + sqrt(z) - thrust::polar(abs(z), arg(z) / 4);
    }
};

static std::complex<double> expected(std::complex<double> z) {
    std::complex<double> w = z * z + 2.0 / (z + std::complex<double>(0.5, 1)) - conj(z);
    w *= 0.5;
    return exp(w / 3.0) + sqrt(z) - std::polar(abs(z), arg(z) / 4);
}

int main() {
    const int count = 5000;
    int wrong = 0;
    thrust::universal_vector<int> numbers(count);
    thrust::sequence(numbers.begin(), numbers.end());
    for (int i = 0; i < count; i++) numbers[i] = (numbers[i] * 37) % count;
    thrust::sort(numbers.begin(), numbers.end());
    for (int i = 0; i < count; i++) wrong += numbers[i] != i;
    numbers.push_back(7);
    wrong += thrust::reduce(numbers.begin(), numbers.end()) != count * (count - 1) / 2 + 7;
    const thrust::universal_vector<int> &seen = numbers;
    wrong += *seen.begin() != 0 || thrust::raw_pointer_cast(seen.data())[count] != 7;

    thrust::universal_vector<number> places(count), values(count);
    for (int i = 0; i < count; i++) places[i] = number(std::cos(i) * 3, std::sin(i * 0.7) * 2);
    thrust::transform(places.begin(), places.end(), values.begin(), Map());
    for (int i = 0; i < count; i++) {
        const std::complex<double> value = expected(std::complex<double>(places[i]));
        wrong += std::abs(std::complex<double>(values[i]) - value) > 1e-9 * std::abs(value);
        wrong += thrust::abs(Map()(places[i]) - values[i]) > 1e-12;
    }
    printf("universal: %d wrong\n", wrong);
    return wrong != 0;
}
