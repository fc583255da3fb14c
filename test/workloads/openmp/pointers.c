// Device memory by hand: omp_target_alloc and copies, whole and in part, `is_device_ptr`, `use_device_ptr`, `use_device_addr`, a pointer
// that the program associates with host memory itself, and regions that wait for each other by `nowait` and `depend`.
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 600 };

int main(void)
{
    const int device = omp_get_default_device(), host = omp_get_initial_device();
    int wrong = 0, *on = omp_target_alloc(N * sizeof(int), device), from[N], to[N], shared[N];
    if (on == NULL)
        return 1;
    for (int i = 0; i < N; i++)
        from[i] = i;
    wrong += omp_target_memcpy(on, from, sizeof from, 0, 0, device, host) != 0;
#pragma omp target is_device_ptr(on) device(device) nowait depend(inout : on[0])
#pragma omp teams distribute parallel for
    for (int i = 0; i < N; i++)
        on[i] += 1;
#pragma omp target teams distribute parallel for is_device_ptr(on) device(device) nowait depend(inout : on[0])
    for (int i = 0; i < N; i++)
        on[i] *= 2;
#pragma omp taskwait
    wrong += omp_target_memcpy(to, on, sizeof to, 0, 0, host, device) != 0;
    for (int i = 0; i < N; i++)
        wrong += to[i] != (i + 1) * 2;

    /* The second row of two, of a matrix of six. */
    const size_t volume[] = {2, 100}, none[] = {0, 0}, at[] = {2, 0}, rows[] = {6, 100}, two[] = {2, 100};
    wrong += omp_target_memcpy_rect(to, on, sizeof(int), 2, volume, none, at, two, rows, host, device) != 0;
    for (int i = 0; i < 200; i++)
        wrong += to[i] != (i + 201) * 2;

    for (int i = 0; i < N; i++)
        shared[i] = -i;
#pragma omp target data map(tofrom : shared)
    {
        int *there = shared;
#pragma omp target data use_device_ptr(there)
        {
#pragma omp target teams distribute parallel for is_device_ptr(there, on)
            for (int i = 0; i < N; i++)
                there[i] += on[i];
        }
    }
    for (int i = 0; i < N; i++)
        wrong += shared[i] != (i + 1) * 2 - i;

    wrong += omp_target_associate_ptr(from, on, sizeof from, 0, device) != 0;
    wrong += !omp_target_is_present(from, device);
#pragma omp target teams distribute parallel for map(alloc : from)
    for (int i = 0; i < N; i++)
        from[i] = from[i] / 2;
#pragma omp target update from(from)
    wrong += omp_target_disassociate_ptr(from, device) != 0;
    for (int i = 0; i < N; i++)
        wrong += from[i] != i + 1;

    omp_target_free(on, device);
    printf("pointers: %d wrong\n", wrong);
    return wrong != 0;
}
