/* Random numbers for both sides. Source: Thrust documentation; the generators are those of the C++ standard, [rand.predef]. */
#ifndef FAULTLINE_THRUST_RANDOM_H
#define FAULTLINE_THRUST_RANDOM_H
#include "base.h"

namespace thrust {
namespace random {
template <unsigned a> class minimal_standard {
  public:
    using result_type = unsigned;
    static constexpr unsigned min = 1, max = 2147483646u, default_seed = 1;
    THRUST_HD explicit minimal_standard(unsigned s = 1) { seed(s); }
    THRUST_HD void seed(unsigned s) {
        state = s % 2147483647u;
        if (state == 0) state = 1;
    }
    THRUST_HD unsigned operator()() { return state = step(a); }
    /* As n calls, in logarithmic time. */
    THRUST_HD void discard(unsigned long long n) {
        unsigned long long power = 1, base = a;
        for (; n > 0; n >>= 1, base = base * base % 2147483647u)
            if (n & 1) power = power * base % 2147483647u;
        state = step(power);
    }

  private:
    THRUST_HD unsigned step(unsigned long long by) const { return (unsigned)(by * state % 2147483647u); }
    unsigned state;
};
using minstd_rand = minimal_standard<48271>;
using minstd_rand0 = minimal_standard<16807>;
using default_random_engine = minstd_rand;

template <class T = double> class uniform_real_distribution {
  public:
    using result_type = T;
    THRUST_HD explicit uniform_real_distribution(T from = 0, T to = 1) : low(from), high(to) {}
    template <class G> THRUST_HD T operator()(G &g) const { return low + (high - low) * (T)((double)(g() - G::min) / ((double)(G::max - G::min) + 1.0)); }

  private:
    T low, high;
};
template <class T = int> class uniform_int_distribution {
  public:
    using result_type = T;
    THRUST_HD explicit uniform_int_distribution(T from = 0, T to = 2147483647) : low(from), high(to) {}
    template <class G> THRUST_HD T operator()(G &g) const {
        double unit = (double)(g() - G::min) / ((double)(G::max - G::min) + 1.0);
        return (T)(low + (T)(unit * ((double)high - (double)low + 1.0)));
    }

  private:
    T low, high;
};
/* Box and Muller's transform. */
template <class T = double> class normal_distribution {
  public:
    using result_type = T;
    THRUST_HD explicit normal_distribution(T m = 0, T d = 1) : mean(m), deviation(d) {}
    template <class G> THRUST_HD T operator()(G &g) const {
        uniform_real_distribution<double> unit(0, 1);
        double u = 1.0 - unit(g), angle = 6.283185307179586 * unit(g);
        return mean + deviation * (T)(::sqrt(-2.0 * ::log(u)) * ::cos(angle));
    }

  private:
    T mean, deviation;
};
} // namespace random
using random::default_random_engine;
using random::minstd_rand;
using random::minstd_rand0;
using random::normal_distribution;
using random::uniform_int_distribution;
using random::uniform_real_distribution;
} // namespace thrust
#endif
