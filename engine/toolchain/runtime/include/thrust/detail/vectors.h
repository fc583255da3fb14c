/*
 * Memory of the device as the host sees it: a pointer that knows it, a reference that copies one element, vectors of both sides, and copies
 * between them, each of which is one cudaMemcpy. Source: Thrust documentation.
 */
#ifndef FAULTLINE_THRUST_VECTORS_H
#define FAULTLINE_THRUST_VECTORS_H
#include "errors.h"
#include "iterators.h"
#include <initializer_list>
#include <vector>

namespace thrust {
template <class T> class device_ptr;
template <class T> class device_reference {
  public:
    using value_type = std::remove_const_t<T>;
    THRUST_HD explicit device_reference(T *p) : pointer(p) {}
    device_reference(const device_reference &) = default;
    THRUST_HD operator value_type() const {
#ifdef __FAULTLINE_DEVICE__
        return *pointer;
#else
        alignas(T) char bytes[sizeof(T)];
        cudaMemcpy(bytes, (const void *)pointer, sizeof(T), cudaMemcpyDeviceToHost);
        return *(value_type *)bytes;
#endif
    }
    THRUST_HD device_reference &operator=(const value_type &value) {
#ifdef __FAULTLINE_DEVICE__
        *pointer = value;
#else
        cudaMemcpy((void *)pointer, &value, sizeof(T), cudaMemcpyHostToDevice);
#endif
        return *this;
    }
    THRUST_HD device_reference &operator=(const device_reference &o) { return *this = (value_type)o; }
    THRUST_HD device_reference &operator+=(const value_type &v) { return *this = (value_type) * this + v; }
    THRUST_HD device_reference &operator-=(const value_type &v) { return *this = (value_type) * this - v; }
    THRUST_HD device_reference &operator*=(const value_type &v) { return *this = (value_type) * this * v; }
    THRUST_HD device_reference &operator++() { return *this += 1; }
    THRUST_HD device_ptr<T> operator&() const { return device_ptr<T>(pointer); }
    template <class O> friend auto operator<<(O &out, const device_reference &r) -> decltype(out << std::declval<const value_type &>()) { return out << (value_type)r; }

  private:
    T *pointer;
};

template <class T> class device_ptr : public detail::iterator_base<device_ptr<T>, std::remove_const_t<T>, device_reference<T>> {
  public:
    using thrust_on_device = std::true_type;
    using thrust_raw = T *;
    using element_type = T;
    THRUST_HD device_ptr() : pointer_(nullptr) {}
    THRUST_HD device_ptr(std::nullptr_t) : pointer_(nullptr) {}
    template <class U, std::enable_if_t<std::is_convertible_v<U *, T *>, int> = 0> THRUST_HD explicit device_ptr(U *p) : pointer_(p) {}
    template <class U, std::enable_if_t<std::is_convertible_v<U *, T *>, int> = 0> THRUST_HD device_ptr(const device_ptr<U> &o) : pointer_(o.get()) {}
    THRUST_HD T *get() const { return pointer_; }
    THRUST_HD T *raw() const { return pointer_; }
    static device_ptr unraw(T *p) { return device_ptr(p); }
    THRUST_HD device_reference<T> at(ptrdiff_t n) const { return device_reference<T>(pointer_ + n); }
    THRUST_HD void move(ptrdiff_t n) { pointer_ += n; }
    THRUST_HD ptrdiff_t distance(const device_ptr &o) const { return pointer_ - o.pointer_; }
    THRUST_HD explicit operator bool() const { return pointer_ != nullptr; }

  private:
    T *pointer_;
};
/* Of raw bytes: nothing can be done with it but to free it, or to point to something. */
template <> class device_ptr<void> {
  public:
    using element_type = void;
    THRUST_HD device_ptr(std::nullptr_t = nullptr) : pointer_(nullptr) {}
    THRUST_HD explicit device_ptr(void *p) : pointer_(p) {}
    template <class U> THRUST_HD device_ptr(const device_ptr<U> &o) : pointer_(o.get()) {}
    THRUST_HD void *get() const { return pointer_; }
    THRUST_HD explicit operator bool() const { return pointer_ != nullptr; }

  private:
    void *pointer_;
};
template <class T> THRUST_HD device_ptr<T> device_pointer_cast(T *p) { return device_ptr<T>(p); }
template <class T> THRUST_HD device_ptr<T> device_pointer_cast(const device_ptr<T> &p) { return p; }
template <class T> THRUST_HD T *raw_pointer_cast(T *p) { return p; }
template <class T> THRUST_HD T *raw_pointer_cast(const device_ptr<T> &p) { return p.get(); }
template <class T> THRUST_HD T &raw_reference_cast(T &r) { return r; }
template <class T> device_ptr<T> device_malloc(size_t n) {
    T *p = nullptr;
    cudaMalloc((void **)&p, n * sizeof(T));
    return device_ptr<T>(p);
}
inline device_ptr<void> device_malloc(size_t bytes) { return device_ptr<void>(device_malloc<char>(bytes)); }
template <class T> device_ptr<T> device_new(size_t n = 1) { return device_malloc<T>(n); }
template <class T> void device_free(device_ptr<T> p) { cudaFree((void *)p.get()); }
template <class T> void device_delete(device_ptr<T> p, size_t = 0) { cudaFree((void *)p.get()); }

namespace detail {
/* Whether elements lie one after the other at &*first. */
template <class I> constexpr bool contiguous() {
    using V = iterator_value_t<I>;
    return std::is_pointer_v<I> || std::is_same_v<I, typename std::vector<V>::iterator> || std::is_same_v<I, typename std::vector<V>::const_iterator>;
}
/* From anywhere to anywhere. */
template <bool device, class I, class O> O copy_between(policy<device> p, I first, I last, O out) {
    using V = iterator_value_t<I>;
    size_t n = (size_t)(last - first);
    auto from = detail::raw(first);
    auto to = detail::raw(out);
    if (n == 0) return out;
    constexpr bool in = on_device<I>::value, into = on_device<O>::value;
    if constexpr (!device && !in && !into) {
        for (; first != last; ++first, ++out) *out = *first;
        return out;
    } else if constexpr (in == into || (device && std::is_pointer_v<I> && into) || (device && in && std::is_pointer_v<O>)) {
        using W = iterator_value_t<O>;
        if constexpr (in && into && std::is_pointer_v<decltype(from)> && std::is_pointer_v<decltype(to)> && std::is_same_v<V, W> && std::is_trivially_copyable_v<V>)
            cudaMemcpyAsync(to, from, n * sizeof(V), cudaMemcpyDeviceToDevice, p.stream);
        else each(policy<device || in>{p.stream}, n, [=] THRUST_HD(size_t i) { to[i] = from[i]; });
        wait(p);
        return out + (ptrdiff_t)n;
    } else if constexpr (into) {
        using W = iterator_value_t<O>;
        const W *source;
        scratch<W, false> staged({}, 0);
        if constexpr (contiguous<I>() && std::is_same_v<V, W>) source = &*first;
        else {
            W *space = (W *)::calloc(n, sizeof(W));
            for (size_t i = 0; i < n; i++) space[i] = *first++;
            ::free(staged.data);
            source = staged.data = space;
        }
        if constexpr (std::is_pointer_v<decltype(to)>) cudaMemcpy((void *)to, source, n * sizeof(W), cudaMemcpyHostToDevice);
        else {
            scratch<W, true> there({}, n);
            W *data = there.data;
            cudaMemcpy((void *)data, source, n * sizeof(W), cudaMemcpyHostToDevice);
            each(policy<true>{p.stream}, n, [=] THRUST_HD(size_t i) { to[i] = data[i]; });
            wait(policy<true>{p.stream});
        }
        return out + (ptrdiff_t)n;
    } else {
        const V *source;
        scratch<V, true> there({}, std::is_pointer_v<decltype(from)> ? 0 : n);
        if constexpr (std::is_pointer_v<decltype(from)>) source = from;
        else {
            V *data = there.data;
            each(policy<true>{p.stream}, n, [=] THRUST_HD(size_t i) { data[i] = from[i]; });
            source = data;
        }
        V *space = (V *)::calloc(n, sizeof(V));
        cudaMemcpy((void *)space, (const void *)source, n * sizeof(V), cudaMemcpyDeviceToHost);
        O at = out;
        for (size_t i = 0; i < n; i++, ++at) *at = space[i];
        ::free(space);
        return at;
    }
}
} // namespace detail

template <class I, class O, std::enable_if_t<!detail::is_policy<I>::value, int> = 0> O copy(I first, I last, O out) {
    return detail::copy_between(detail::policy<detail::on_device<I>::value && detail::on_device<O>::value>{}, first, last, out);
}
template <bool device, class I, class O> O copy(const detail::policy<device> &p, I first, I last, O out) { return detail::copy_between(p, first, last, out); }
template <class I, class O, std::enable_if_t<!detail::is_policy<I>::value, int> = 0> O copy_n(I first, size_t n, O out) { return thrust::copy(first, first + (ptrdiff_t)n, out); }
template <bool device, class I, class O> O copy_n(const detail::policy<device> &p, I first, size_t n, O out) { return thrust::copy(p, first, first + (ptrdiff_t)n, out); }

template <class T> struct device_allocator { using value_type = T; };
template <class T> using device_malloc_allocator = device_allocator<T>;

template <class T, class A = device_allocator<T>> class device_vector {
  public:
    using value_type = T;
    using size_type = size_t;
    using difference_type = ptrdiff_t;
    using pointer = device_ptr<T>;
    using reference = device_reference<T>;
    using const_reference = device_reference<const T>;
    using iterator = device_ptr<T>;
    using const_iterator = device_ptr<const T>;

    device_vector() = default;
    explicit device_vector(size_t n) { resize(n); }
    device_vector(size_t n, const T &value) { resize(n, value); }
    template <class I, std::enable_if_t<!std::is_arithmetic_v<I>, int> = 0> device_vector(I first, I last) { assign(first, last); }
    device_vector(std::initializer_list<T> list) { assign(list.begin(), list.end()); }
    device_vector(const device_vector &o) { assign(o.begin(), o.end()); }
    device_vector(device_vector &&o) { swap(o); }
    template <class B> device_vector(const std::vector<T, B> &o) { assign(o.begin(), o.end()); }
    ~device_vector() { cudaFree((void *)data_); }
    device_vector &operator=(const device_vector &o) {
        if (this != &o) assign(o.begin(), o.end());
        return *this;
    }
    device_vector &operator=(device_vector &&o) { swap(o); return *this; }
    template <class B> device_vector &operator=(const std::vector<T, B> &o) { assign(o.begin(), o.end()); return *this; }

    template <class I, std::enable_if_t<!std::is_arithmetic_v<I>, int> = 0> void assign(I first, I last) {
        size_ = 0;
        size_t n = (size_t)std::distance(first, last);
        reserve(n);
        size_ = n;
        thrust::copy(first, last, begin());
    }
    void assign(size_t n, const T &value) { size_ = 0; resize(n, value); }
    void reserve(size_t n) {
        if (n <= capacity_) return;
        T *fresh = nullptr;
        if (cudaMalloc((void **)&fresh, n * sizeof(T)) != cudaSuccess) return;
        if (size_ > 0) cudaMemcpy((void *)fresh, (const void *)data_, size_ * sizeof(T), cudaMemcpyDeviceToDevice);
        cudaFree((void *)data_);
        data_ = fresh;
        capacity_ = n;
    }
    void resize(size_t n, const T &value = T()) {
        if (n > capacity_) reserve(n);
        if (n > size_) {
            T *from = data_ + size_, copy = value;
            detail::each(detail::policy<true>{}, n - size_, [=] THRUST_HD(size_t i) { from[i] = copy; });
            cudaStreamSynchronize(0);
        }
        size_ = n;
    }
    void push_back(const T &value) {
        if (size_ == capacity_) reserve(capacity_ ? 2 * capacity_ : 4);
        cudaMemcpy((void *)(data_ + size_++), &value, sizeof(T), cudaMemcpyHostToDevice);
    }
    void pop_back() { size_--; }
    void clear() { size_ = 0; }
    void shrink_to_fit() {}
    iterator erase(iterator first, iterator last) {
        device_vector tail(last, end());
        thrust::copy(tail.begin(), tail.end(), first);
        size_ -= (size_t)(last - first);
        return first;
    }
    iterator erase(iterator at) { return erase(at, at + 1); }
    template <class I, std::enable_if_t<!std::is_arithmetic_v<I>, int> = 0> iterator insert(iterator at, I first, I last) {
        ptrdiff_t place = at - begin();
        device_vector tail(at, end());
        size_t n = (size_t)std::distance(first, last);
        reserve(size_ + n);
        size_ += n;
        thrust::copy(first, last, begin() + place);
        thrust::copy(tail.begin(), tail.end(), begin() + place + (ptrdiff_t)n);
        return begin() + place;
    }
    void swap(device_vector &o) {
        std::swap(data_, o.data_);
        std::swap(size_, o.size_);
        std::swap(capacity_, o.capacity_);
    }
    size_t size() const { return size_; }
    size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }
    iterator begin() { return iterator(data_); }
    iterator end() { return iterator(data_ + size_); }
    const_iterator begin() const { return const_iterator(data_); }
    const_iterator end() const { return const_iterator(data_ + size_); }
    const_iterator cbegin() const { return begin(); }
    const_iterator cend() const { return end(); }
    reverse_iterator<iterator> rbegin() { return reverse_iterator<iterator>(end()); }
    reverse_iterator<iterator> rend() { return reverse_iterator<iterator>(begin()); }
    pointer data() { return pointer(data_); }
    device_ptr<const T> data() const { return device_ptr<const T>(data_); }
    reference operator[](size_t n) { return reference(data_ + n); }
    const_reference operator[](size_t n) const { return const_reference(data_ + n); }
    reference front() { return (*this)[0]; }
    reference back() { return (*this)[size_ - 1]; }
    const_reference front() const { return (*this)[0]; }
    const_reference back() const { return (*this)[size_ - 1]; }

  private:
    T *data_ = nullptr;
    size_t size_ = 0, capacity_ = 0;
};

template <class T, class A = std::allocator<T>> class host_vector : public std::vector<T, A> {
  public:
    using base = std::vector<T, A>;
    using base::base;
    using base::operator=;
    host_vector() = default;
    host_vector(const base &o) : base(o) {}
    template <class B> host_vector(const device_vector<T, B> &o) : base(o.size()) { thrust::copy(o.begin(), o.end(), this->begin()); }
    host_vector(device_ptr<T> first, device_ptr<T> last) : base((size_t)(last - first)) { thrust::copy(first, last, this->begin()); }
    template <class B> host_vector &operator=(const device_vector<T, B> &o) {
        this->resize(o.size());
        thrust::copy(o.begin(), o.end(), this->begin());
        return *this;
    }
};
template <class T, class A> bool operator==(const device_vector<T, A> &a, const device_vector<T, A> &b) { return host_vector<T>(a) == host_vector<T>(b); }
template <class T, class A, class B> bool operator==(const device_vector<T, A> &a, const std::vector<T, B> &b) { return host_vector<T>(a) == b; }
template <class T, class A, class B> bool operator==(const std::vector<T, B> &b, const device_vector<T, A> &a) { return host_vector<T>(a) == b; }
template <class T, class A> bool operator!=(const device_vector<T, A> &a, const device_vector<T, A> &b) { return !(a == b); }
template <class T> T *raw_pointer_cast(const std::vector<T> &v) = delete;
} // namespace thrust
#endif
