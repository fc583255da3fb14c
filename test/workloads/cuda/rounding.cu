// Arithmetic that rounds in a direction, SIMD within a word, half precision's comparisons and conversions: against the same by hand.
#include <cmath>
#include <cstdio>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

constexpr int PAIRS = 4096;

// Whether low, near and high enclose a value that is not representable, or are all the same.
template <class T> __device__ bool encloses(T low, T near, T high, T next) {
    if (low == high) return low == near;
    return low < high && next == high && (near == low || near == high);
}

__device__ unsigned mixed(unsigned n) {
    n ^= n >> 16;
    n *= 0x7feb352du;
    n ^= n >> 15;
    n *= 0x846ca68bu;
    return n ^ n >> 16;
}

__global__ void rounding(int *wrong) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float a = __uint_as_float(0x3f000000u + (mixed(2 * i) & 0x01ffffffu)), b = __uint_as_float(0x3e000000u + (mixed(2 * i + 1) & 0x02ffffffu));
    const double c = a + (double)b * 0x1p-30, d = b - (double)a * 0x1p-31;
    int bad = 0;
    bad += !encloses(__fadd_rd(a, b), __fadd_rn(a, b), __fadd_ru(a, b), nextafterf(__fadd_rd(a, b), INFINITY));
    bad += !encloses(__fmul_rd(a, b), __fmul_rn(a, b), __fmul_ru(a, b), nextafterf(__fmul_rd(a, b), INFINITY));
    bad += !encloses(__fdiv_rd(a, b), __fdiv_rn(a, b), __fdiv_ru(a, b), nextafterf(__fdiv_rd(a, b), INFINITY));
    bad += !encloses(__fsqrt_rd(a), __fsqrt_rn(a), __fsqrt_ru(a), nextafterf(__fsqrt_rd(a), INFINITY));
    bad += !encloses(__dadd_rd(c, d), __dadd_rn(c, d), __dadd_ru(c, d), nextafter(__dadd_rd(c, d), INFINITY));
    bad += !encloses(__dmul_rd(c, d), __dmul_rn(c, d), __dmul_ru(c, d), nextafter(__dmul_rd(c, d), INFINITY));
    bad += !encloses(__ddiv_rd(c, d), __ddiv_rn(c, d), __ddiv_ru(c, d), nextafter(__ddiv_rd(c, d), INFINITY));
    bad += !encloses(__dsqrt_rd(c), __dsqrt_rn(c), __dsqrt_ru(c), nextafter(__dsqrt_rd(c), INFINITY));
    // What is left of the exact product says on which side each lies.
    bad += fma(c, d, -__dmul_rd(c, d)) < 0 || fma(c, d, -__dmul_ru(c, d)) > 0;
    bad += __fsub_rz(b, a) != -__fsub_rz(a, b) || fabsf(__fsub_rz(b, a)) > fabsf(__fsub_rn(b, a));
    const int n = (int)mixed(i);
    bad += (double)__int2float_rd(n) > n || (double)__int2float_ru(n) < n || fabs((double)__int2float_rz(n)) > fabs((double)n);
    bad += __ll2double_rd(0x7fffffffffffffffll) != 0x1.fffffffffffffp62 || __ull2float_ru(~0ull) != 0x1p64f;
    bad += __double2float_ru(1 + 0x1p-40) != 1 + 0x1p-23f || __double2float_rd(1 + 0x1p-40) != 1;
    if (bad) atomicAdd(wrong, bad);
}

__device__ unsigned byte(unsigned word, int n) { return word >> 8 * n & 0xff; }

__global__ void lanes(int *wrong) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned a = mixed(i), b = mixed(~i);
    int bad = 0;
    unsigned sum = 0, differences = 0;
    for (int n = 0; n < 4; n++) {
        const int x = (signed char)byte(a, n), y = (signed char)byte(b, n), u = byte(a, n), v = byte(b, n);
        sum |= (unsigned)(u + v & 0xff) << 8 * n;
        differences += abs(u - v);
        bad += byte(__vaddus4(a, b), n) != (unsigned)min(u + v, 255) || byte(__vsubus4(a, b), n) != (unsigned)max(u - v, 0);
        bad += (signed char)byte(__vaddss4(a, b), n) != max(min(x + y, 127), -128);
        bad += (signed char)byte(__vmaxs4(a, b), n) != max(x, y) || byte(__vminu4(a, b), n) != (unsigned)min(u, v);
        bad += byte(__vavgu4(a, b), n) != (unsigned)(u + v + 1) / 2 || byte(__vabsdiffu4(a, b), n) != (unsigned)abs(u - v);
        bad += byte(__vcmpgts4(a, b), n) != (x > y ? 0xffu : 0u) || byte(__vsetleu4(a, b), n) != (unsigned)(u <= v);
    }
    bad += __vadd4(a, b) != sum || __vsadu4(a, b) != differences;
    bad += __vneg2(0x0001ffff) != 0xffff0001 || __vnegss2(0x80000001) != 0x7fffffff || __vabs4(0xff80017f) != 0x0180017f;
    bool high, low;
    bad += __vibmax_s16x2(0x0002fffe, 0x00030001, &high, &low) != 0x00030001 || high || low;
    bad += __viaddmax_s32_relu(-5, 2, -1) != 0 || __vimax3_u32(1, 0xffffffff, 2) != 0xffffffff || __vimin3_s16x2(0x00010001, 0xffff0002, 0x00050000) != 0xffff0000;
    if (bad) atomicAdd(wrong, bad);
}

__global__ void narrow(int *wrong) {
    const __half2 a = __halves2half2(__half(1.5f), __half(-2.0f)), b = __lowhigh2highlow(a);
    const __half none = __ushort_as_half(0x7e00);
    int bad = 0;
    bad += __half2float(__hgt2(a, b).x) != 1 || __half2float(__hgt2(a, b).y) != 0 || __hbgt2(a, b) || !__hbne2(a, b);
    bad += __hne(none, none) || !__hneu(none, none) || __hle(none, a.x) || !__hleu(none, a.x);
    bad += __half2int_rd(__half(-1.5f)) != -2 || __half2int_ru(__half(-1.5f)) != -1 || __half2ushort_rn(__half(-3.0f)) != 0;
    bad += (float)__hadd_sat(a.x, a.x) != 1 || (float)__hfma_relu(a.x, a.y, a.x) != 0 || (float)__habs2(a).y != 2;
    const __nv_bfloat162 c = __halves2bfloat162(__nv_bfloat16(3.0f), __nv_bfloat16(4.0f));
    bad += __bfloat162float(__hfma2(c, c, c).y) != 20 || __bfloat162int_rz(__highs2bfloat162(c, c).x) != 4 || !__hbeq2(c, c);
    __half up = +a.x * a.x;
    bad += (float)up++ != 2.25f || (float)up != 3.25f || (float)--up != 2.25f;
    if (bad) atomicAdd(wrong, bad);
}

int main() {
    int *wrong;
    cudaMallocManaged(&wrong, sizeof(int));
    *wrong = 0;
    rounding<<<PAIRS / 128, 128>>>(wrong);
    lanes<<<PAIRS / 128, 128>>>(wrong);
    narrow<<<1, 1>>>(wrong);
    if (cudaDeviceSynchronize() != cudaSuccess) return 2;
    printf(*wrong ? "rounding: %d wrong\n" : "rounding: ok\n", *wrong);
    return *wrong != 0;
}
