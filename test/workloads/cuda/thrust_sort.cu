/* Thrust on vectors of the device: sorting with values, scans, groups of equal keys. */
#include <cstdio>
#include <thrust/device_vector.h>
#include <thrust/host_vector.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <thrust/sequence.h>
#include <thrust/sort.h>

int main() {
    const int count = 3000, groups = 17;
    thrust::host_vector<int> keys(count);
    for (int i = 0; i < count; i++) keys[i] = (i * 7919 + 13) % groups;
    thrust::device_vector<int> sorted = keys, places(count);
    thrust::sequence(places.begin(), places.end());
    thrust::stable_sort_by_key(sorted.begin(), sorted.end(), places.begin());
    thrust::host_vector<int> order = sorted, from = places;
    int wrong = 0;
    for (int i = 0; i < count; i++) {
        if (keys[from[i]] != order[i]) wrong++;
        if (i > 0 && (order[i - 1] > order[i] || (order[i - 1] == order[i] && from[i - 1] >= from[i]))) wrong++;
    }
    thrust::device_vector<int> unique(groups), sizes(groups), starts(groups);
    auto ends = thrust::reduce_by_key(sorted.begin(), sorted.end(), thrust::make_constant_iterator(1), unique.begin(), sizes.begin());
    thrust::exclusive_scan(sizes.begin(), sizes.end(), starts.begin());
    for (int group = 0; group < groups; group++) {
        if (unique[group] != group || order[starts[group]] != group) wrong++;
        if (starts[group] > 0 && order[starts[group] - 1] != group - 1) wrong++;
    }
    if (ends.first - unique.begin() != groups || thrust::reduce(sizes.begin(), sizes.end()) != count) wrong++;
    printf("thrust_sort: %d keys in %d groups, %d wrong\n", count, groups, wrong);
    return wrong != 0;
}
