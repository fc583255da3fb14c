/*
 * What all of Thrust's headers share: where an algorithm runs, and the kernels that run it. An algorithm is a function of an index that is
 * called for each index, by a loop of the host or by a grid; so what it touches is touched by the device as by any other kernel.
 * Source: Thrust documentation (execution policies, iterator systems).
 */
#ifndef FAULTLINE_THRUST_BASE_H
#define FAULTLINE_THRUST_BASE_H
#ifdef __HIP__
#include <hip/hip_runtime.h>
#else
#include <cuda_runtime.h>
#endif
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>
#define THRUST_HD __host__ __device__
#define THRUST_VERSION 200000
#define THRUST_MAJOR_VERSION 2
#define THRUST_MINOR_VERSION 0
#define THRUST_SUBMINOR_VERSION 0
#define THRUST_PATCH_NUMBER 0

namespace thrust {
struct host_system_tag {};
struct device_system_tag {};
using random_access_traversal_tag = std::random_access_iterator_tag;
template <class I> using iterator_traits = std::iterator_traits<I>;
template <class I> using iterator_value_t = typename std::iterator_traits<I>::value_type;
template <class I> struct iterator_value { using type = iterator_value_t<I>; };
template <class I> struct iterator_difference { using type = typename std::iterator_traits<I>::difference_type; };

namespace detail {
template <bool device> struct policy {
    static constexpr bool on_device = device;
    cudaStream_t stream = 0;
    policy on(cudaStream_t other) const { return {other}; }
    template <class A> policy operator()(A &&) const { return *this; }
};
template <class T> struct is_policy : std::false_type {};
template <bool device> struct is_policy<policy<device>> : std::true_type {};

/* Whether an argument is an iterator over the device's memory; each such iterator says so by itself. */
template <class T, class = void> struct on_device : std::false_type {};
template <class T> struct on_device<T, std::void_t<typename T::thrust_on_device>> : T::thrust_on_device {};

/* An iterator as kernels take it: without the wrappers that keep the host off the device's memory. */
template <class T, class = void> struct raw_of {
    using type = T;
    static T get(T i) { return i; }
    static T back(T i) { return i; }
};
template <class T> struct raw_of<T, std::void_t<typename T::thrust_raw>> {
    using type = typename T::thrust_raw;
    static type get(const T &i) { return i.raw(); }
    static T back(const type &i) { return T::unraw(i); }
};
template <class T> using raw_t = typename raw_of<T>::type;
template <class T> raw_t<T> raw(const T &i) { return raw_of<T>::get(i); }
/* The other way: what an algorithm gives back is of the kind of the argument that it belongs to. */
template <class R, class A, class... B> auto restored_one(R r) {
    if constexpr (std::is_same_v<raw_t<A>, R>) return raw_of<A>::back(r);
    else if constexpr (sizeof...(B) > 0) return restored_one<R, B...>(r);
    else return r;
}

enum { THREADS = 256, MOST_BLOCKS = 1024 };
inline unsigned blocks_for(size_t n) {
    size_t blocks = (n + THREADS - 1) / THREADS;
    return (unsigned)(blocks < MOST_BLOCKS ? blocks : MOST_BLOCKS);
}
template <class F> __global__ void each_index(size_t n, F f) {
    for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < n; i += (size_t)gridDim.x * blockDim.x) f(i);
}
/* Calls f(0) … f(n - 1), in any order. */
template <bool device, class F> void each(policy<device> p, size_t n, F f) {
    if constexpr (device) {
        if (n > 0) each_index<<<blocks_for(n), THREADS, 0, p.stream>>>(n, f);
    } else
        for (size_t i = 0; i < n; i++) f(i);
}
template <bool device> void wait(policy<device> p) {
    if constexpr (device) cudaStreamSynchronize(p.stream);
}

/* Memory for a while, where the algorithm runs. Not constructed: algorithms assign. */
template <class T, bool device> struct scratch {
    T *data = nullptr;
    scratch(policy<device>, size_t n) {
        if constexpr (device) cudaMalloc((void **)&data, (n ? n : 1) * sizeof(T));
        else data = (T *)::calloc(n ? n : 1, sizeof(T));
    }
    ~scratch() {
        if constexpr (device) cudaFree(data);
        else ::free(data);
    }
    scratch(const scratch &) = delete;
    scratch &operator=(const scratch &) = delete;
    /* One element, for the host. */
    T read(policy<device> p, size_t n = 0) const {
        if constexpr (device) {
            alignas(T) char bytes[sizeof(T)];
            wait(p);
            cudaMemcpy(bytes, (const void *)(data + n), sizeof(T), cudaMemcpyDeviceToHost);
            return *(T *)bytes;
        } else
            return data[n];
    }
};
} // namespace detail

using host_policy = detail::policy<false>;
using device_policy = detail::policy<true>;
static const host_policy host, seq;
static const device_policy device;
namespace cuda { static const device_policy par, par_nosync; }
namespace hip { static const device_policy par, par_nosync; }
namespace cuda_cub { using thrust::cuda::par; }
namespace cpp { static const host_policy par; }
namespace omp { static const host_policy par; }
namespace system { namespace cuda = thrust::cuda; }

template <class T> THRUST_HD void swap(T &a, T &b) {
    T c = a;
    a = b;
    b = c;
}
} // namespace thrust

/* Both forms of an algorithm: with an execution policy, and with the one that the iterators give. */
#define THRUST_ALGORITHM(name)                                                                                                       \
    template <bool device, class... A> auto name(const detail::policy<device> &p, A... a) {                                         \
        return detail::restored<A...>([&] { return detail::name(p, detail::raw(a)...); });                                          \
    }                                                                                                                                \
    template <class F, class... A, std::enable_if_t<!detail::is_policy<F>::value, int> = 0> auto name(F first, A... a) {           \
        return thrust::name(detail::policy<(detail::on_device<F>::value || ... || detail::on_device<A>::value)>{}, first, a...);    \
    }
#endif
