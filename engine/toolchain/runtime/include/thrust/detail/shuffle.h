/* Elements in an order that a generator of random numbers draws: by keys that come of what it gives first. Source: Thrust documentation. */
#ifndef FAULTLINE_THRUST_SHUFFLE_H
#define FAULTLINE_THRUST_SHUFFLE_H
#include "sort.h"

namespace thrust {
namespace detail {
/* SplitMix64. Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014). */
THRUST_HD unsigned long long mixed(unsigned long long n) {
    n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9ull;
    n = (n ^ n >> 27) * 0x94d049bb133111ebull;
    return n ^ n >> 31;
}
template <class P, class I, class G> void shuffle(P p, I first, I last, G generator) {
    const size_t n = (size_t)(last - first);
    if (n == 0) return;
    const unsigned long long high = generator(), seed = high << 32 ^ (unsigned long long)generator();
    scratch<unsigned long long, P::on_device> space(p, n);
    unsigned long long *keys = space.data;
    each(p, n, [=] THRUST_HD(size_t i) { keys[i] = mixed(seed + (i + 1) * 0x9e3779b97f4a7c15ull); });
    sort_by_key(p, keys, keys + n, first);
}
template <class P, class I, class O, class G> void shuffle_copy(P p, I first, I last, O out, G generator) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable { out[i] = first[i]; });
    shuffle(p, out, out + (last - first), generator);
}
} // namespace detail
THRUST_ALGORITHM(shuffle)
THRUST_ALGORITHM(shuffle_copy)
} // namespace thrust
#endif
