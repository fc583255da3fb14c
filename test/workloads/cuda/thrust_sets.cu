// Thrust on ordered and divided ranges: sets, merges, partitions, removal, what differs; each against the C++ library on the host.
#include <algorithm>
#include <cstdio>
#include <thrust/binary_search.h>
#include <thrust/copy.h>
#include <thrust/device_vector.h>
#include <thrust/host_vector.h>
#include <thrust/logical.h>
#include <thrust/merge.h>
#include <thrust/mismatch.h>
#include <thrust/partition.h>
#include <thrust/remove.h>
#include <thrust/sequence.h>
#include <thrust/set_operations.h>
#include <thrust/sort.h>
#include <thrust/unique.h>
#include <vector>

typedef std::vector<int> Values;

struct even
{
    __host__ __device__ bool operator()(int x) const { return x % 2 == 0; }
};

static int wrong = 0;

static void expect(const char *what, const thrust::device_vector<int> &got, size_t count, const Values &wanted)
{
    thrust::host_vector<int> host = got;
    if (count == wanted.size() && std::equal(wanted.begin(), wanted.end(), host.begin()))
        return;
    printf("thrust_sets: %s is wrong\n", what);
    wrong++;
}

static Values numbers(int count, int factor, int most)
{
    Values values(count);
    for (int i = 0; i < count; i++)
        values[i] = (i * factor) % most;
    return values;
}

int main()
{
    Values a = numbers(700, 37, 501), b = numbers(900, 53, 601);
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    thrust::device_vector<int> x(a.begin(), a.end()), y(b.begin(), b.end()), out(2000), values(2000);
#define SETS(name)                                                                                                     \
    {                                                                                                                  \
        Values wanted;                                                                                                 \
        std::name(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(wanted));                                 \
        auto end = thrust::name(x.begin(), x.end(), y.begin(), y.end(), out.begin());                                  \
        expect(#name, out, end - out.begin(), wanted);                                                                 \
    }
    SETS(set_union)
    SETS(set_intersection)
    SETS(set_difference)
    SETS(set_symmetric_difference)
    SETS(merge)

    thrust::device_vector<int> x_at(a.size()), y_at(b.size());
    thrust::sequence(x_at.begin(), x_at.end());
    thrust::sequence(y_at.begin(), y_at.end(), 10000);
    auto ends = thrust::merge_by_key(thrust::device, x.begin(), x.end(), y.begin(), y.end(), x_at.begin(), y_at.begin(), out.begin(), values.begin());
    thrust::host_vector<int> keys = out, where = values;
    wrong += ends.first - out.begin() != (int)(a.size() + b.size());
    for (size_t i = 0; i < a.size() + b.size(); i++)
        wrong += keys[i] != (where[i] < 10000 ? a[where[i]] : b[where[i] - 10000]) || (i > 0 && keys[i - 1] > keys[i]);

    Values mixed = numbers(1500, 71, 1009), wanted = mixed;
    thrust::device_vector<int> z(mixed.begin(), mixed.end());
    size_t middle = thrust::stable_partition(z.begin(), z.end(), even()) - z.begin();
    std::stable_partition(wanted.begin(), wanted.end(), even());
    expect("stable_partition", z, z.size(), wanted);
    wrong += !thrust::is_partitioned(z.begin(), z.end(), even());
    wrong += (size_t)(thrust::partition_point(z.begin(), z.end(), even()) - z.begin()) != middle;
    z.assign(mixed.begin(), mixed.end());
    wrong += (size_t)(thrust::partition(z.begin(), z.end(), even()) - z.begin()) != middle;
    wrong += !thrust::all_of(z.begin(), z.begin() + middle, even()) || !thrust::none_of(z.begin() + middle, z.end(), even());

    z.assign(mixed.begin(), mixed.end());
    auto end = thrust::remove_if(z.begin(), z.end(), even());
    wanted = mixed;
    wanted.erase(std::remove_if(wanted.begin(), wanted.end(), even()), wanted.end());
    expect("remove_if", z, end - z.begin(), wanted);
    end = thrust::remove(z.begin(), end, 1);
    wanted.erase(std::remove(wanted.begin(), wanted.end(), 1), wanted.end());
    expect("remove", z, end - z.begin(), wanted);
    z.assign(mixed.begin(), mixed.end());
    end = thrust::remove_copy(z.begin(), z.end(), out.begin(), 71);
    wanted = mixed;
    wanted.erase(std::remove(wanted.begin(), wanted.end(), 71), wanted.end());
    expect("remove_copy", out, end - out.begin(), wanted);

    thrust::device_vector<int> other = z;
    other[1234] = -1;
    auto differ = thrust::mismatch(z.begin(), z.end(), other.begin());
    wrong += differ.first - z.begin() != 1234 || differ.second - other.begin() != 1234 || *differ.second != -1;
    wrong += thrust::equal(z.begin(), z.end(), other.begin());
    wrong += thrust::is_sorted_until(x.begin(), x.end()) != x.end() || !thrust::is_sorted(x.begin(), x.end());
    x[400] = -1;
    wrong += thrust::is_sorted_until(x.begin(), x.end()) - x.begin() != 400;
    printf("thrust_sets: %d wrong\n", wrong);
    return wrong != 0;
}
