/*
 * Managed memory as a vector: algorithms over its iterators run as kernels, and the host reads and writes its elements where they are, so
 * both fault on what the other has. Source: Thrust documentation, universal_vector.
 */
#ifndef FAULTLINE_THRUST_UNIVERSAL_VECTOR_H
#define FAULTLINE_THRUST_UNIVERSAL_VECTOR_H
#include "detail/vectors.h"
#include "detail/algorithms.h"

namespace thrust {
template <class T> class universal_ptr : public detail::iterator_base<universal_ptr<T>, std::remove_const_t<T>, T &> {
  public:
    using thrust_on_device = std::true_type;
    using thrust_raw = T *;
    using element_type = T;
    THRUST_HD universal_ptr() : pointer(nullptr) {}
    THRUST_HD universal_ptr(std::nullptr_t) : pointer(nullptr) {}
    template <class U, std::enable_if_t<std::is_convertible_v<U *, T *>, int> = 0> THRUST_HD explicit universal_ptr(U *p) : pointer(p) {}
    template <class U, std::enable_if_t<std::is_convertible_v<U *, T *>, int> = 0> THRUST_HD universal_ptr(const universal_ptr<U> &o) : pointer(o.get()) {}
    THRUST_HD T *get() const { return pointer; }
    THRUST_HD T *raw() const { return pointer; }
    static universal_ptr unraw(T *p) { return universal_ptr(p); }
    THRUST_HD T &at(ptrdiff_t n) const { return pointer[n]; }
    THRUST_HD void move(ptrdiff_t n) { pointer += n; }
    THRUST_HD ptrdiff_t distance(const universal_ptr &o) const { return pointer - o.pointer; }
    THRUST_HD T *operator->() const { return pointer; }
    THRUST_HD explicit operator bool() const { return pointer != nullptr; }

  private:
    T *pointer;
};
template <class T> THRUST_HD T *raw_pointer_cast(const universal_ptr<T> &p) { return p.get(); }

template <class T> struct universal_allocator {
    using value_type = T;
    universal_allocator() = default;
    template <class U> universal_allocator(const universal_allocator<U> &) {}
    T *allocate(size_t n) {
        void *p = nullptr;
        if (cudaMallocManaged(&p, n * sizeof(T)) != cudaSuccess) ::abort();
        return (T *)p;
    }
    void deallocate(T *p, size_t) { cudaFree((void *)p); }
    template <class U> bool operator==(const universal_allocator<U> &) const { return true; }
    template <class U> bool operator!=(const universal_allocator<U> &) const { return false; }
};

template <class T, class A = universal_allocator<T>> class universal_vector : public std::vector<T, A> {
    using base = std::vector<T, A>;

  public:
    using base::base;
    using iterator = universal_ptr<T>;
    using const_iterator = universal_ptr<const T>;
    using pointer = iterator;
    universal_vector() = default;
    template <class I, std::enable_if_t<detail::on_device<I>::value, int> = 0> universal_vector(I first, I last) : base((size_t)(last - first)) { thrust::copy(first, last, begin()); }
    template <class B> universal_vector(const std::vector<T, B> &o) : base(o.begin(), o.end()) {}
    template <class B> universal_vector(const device_vector<T, B> &o) : universal_vector(o.begin(), o.end()) {}
    iterator begin() { return iterator(base::data()); }
    iterator end() { return begin() + (ptrdiff_t)base::size(); }
    const_iterator begin() const { return const_iterator(base::data()); }
    const_iterator end() const { return begin() + (ptrdiff_t)base::size(); }
    const_iterator cbegin() const { return begin(); }
    const_iterator cend() const { return end(); }
    pointer data() { return begin(); }
    const_iterator data() const { return begin(); }
};
} // namespace thrust
#endif
