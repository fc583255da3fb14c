/* cuda::std is the host's library, of which device code may use what is constexpr; what is not, and is wanted there, is here. */
#ifndef FAULTLINE_CUDA_STD_H
#define FAULTLINE_CUDA_STD_H
#include "cuda_runtime.h"
#include <type_traits>
#include <utility>

namespace cuda {
namespace std {
using namespace ::std;
template <class T> __host__ __device__ constexpr void swap(T &a, T &b) {
    T c = static_cast<T &&>(a);
    a = static_cast<T &&>(b);
    b = static_cast<T &&>(c);
}
#if __cplusplus < 202002L
struct identity {
    template <class T> __host__ __device__ constexpr T &&operator()(T &&value) const noexcept { return static_cast<T &&>(value); }
};
#endif
} // namespace std
} // namespace cuda

#endif
