// The same operation in C++: the device works on the memory of two std::vectors, which it reaches because the program requires
// unified shared memory.
#include <cstdio>
#include <vector>

#pragma omp requires unified_shared_memory

int main()
{
    const int n = 100000;
    std::vector<float> x(n), y(n, 1.0f);
    for (int i = 0; i < n; i++)
        x[i] = (float)(i % 128);

    const float a = 3.0f;
    const float *from = x.data();
    float *to = y.data();
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        to[i] += a * from[i];

    int wrong = 0;
    for (int i = 0; i < n; i++)
        wrong += y[i] != 3.0f * (float)(i % 128) + 1.0f;
    std::printf("saxpy_usm: %d of %d elements are wrong\n", wrong, n);
    return wrong == 0 ? 0 : 1;
}
