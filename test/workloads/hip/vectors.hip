// Arithmetic of HIP's vector types on both sides: with vectors, with numbers, and with an operator of the program's own, which comes first.
#include <hip/hip_runtime.h>

#include <cstdio>

struct Body {
    float4 place;
    float3 speed;
    int2 cell;
};

// Turns instead of scaling: what the program says counts.
__host__ __device__ double2 operator*(double2 a, double2 b)
{
    return make_double2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

__host__ __device__ void step(Body &body, float time, double2 &turn)
{
    const float3 way = body.speed * time;
    body.place += make_float4(way.x, way.y, way.z, 0.0f);
    body.place.w -= 0.5f;
    body.speed = -body.speed + 1.0f;
    body.speed /= 2;
    body.cell = (body.cell << 1 | make_int2(1, 0)) % 7;
    ++body.cell;
    turn = turn * make_double2(0, 1);
}

__global__ void move(Body *bodies, double2 *turns, int count)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) step(bodies[i], 0.25f * i, turns[i]);
}

int main()
{
    const int count = 1000;
    Body *bodies;
    double2 *turns;
    if (hipMallocManaged(&bodies, count * sizeof *bodies) != hipSuccess || hipMallocManaged(&turns, count * sizeof *turns) != hipSuccess)
        return 2;
    auto begin = [](int i) { return Body{make_float4(i, 2 * i, 3 * i, 1), make_float3(1, i, -i), make_int2(i % 5, i % 3)}; };
    for (int i = 0; i < count; i++) {
        bodies[i] = begin(i);
        turns[i] = make_double2(i, 1);
    }
    move<<<(count + 63) / 64, 64>>>(bodies, turns, count);
    if (hipDeviceSynchronize() != hipSuccess) return 2;

    int wrong = 0;
    for (int i = 0; i < count; i++) {
        Body expected = begin(i);
        double2 turn = make_double2(i, 1);
        step(expected, 0.25f * i, turn);
        const float4 place = make_float4(i + 0.25f * i, 2 * i + 0.25f * i * i, 3 * i - 0.25f * i * i, 0.5f);
        wrong += expected.place != place || turn != make_double2(-1, i);
        wrong += bodies[i].place != expected.place || bodies[i].speed != expected.speed || bodies[i].cell != expected.cell;
        wrong += bodies[i].speed != make_float3(0, 0.5f - 0.5f * i, 0.5f + 0.5f * i) || turns[i] != turn;
        wrong += bodies[i].cell.x != ((i % 5) << 1 | 1) % 7 + 1 || bodies[i].cell.y != ((i % 3) << 1) % 7 + 1;
    }
    printf("vectors: %d wrong\n", wrong);
    return wrong != 0;
}
