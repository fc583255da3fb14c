/* Floats of eight bits: all values of both kinds there and back, rounding to even, saturation, what is no number; pairs, and a product of cuBLASLt with factors of scale. */
#include <cmath>
#include <cstdio>
#include <cublasLt.h>
#include <cuda_fp8.h>
#include <initializer_list>

static int wrong = 0;
static void same(const char *what, double got, double wanted) {
    if (got == wanted || (got != got && wanted != wanted)) return;
    printf("fp8: %s is %g, not %g\n", what, got, wanted);
    wrong++;
}
__global__ void convert(const double *from, unsigned char *e4m3, unsigned char *e5m2, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) e4m3[i] = __nv_cvt_double_to_fp8(from[i], __NV_SATFINITE, __NV_E4M3), e5m2[i] = __nv_cvt_double_to_fp8(from[i], __NV_NOSAT, __NV_E5M2);
}
/* The nearest of a kind's finite values; in the middle, the one whose last bit is 0. */
template <class T> static int nearest(double value) {
    int best = 0;
    for (int bits = 0; bits < (sizeof(T) == 1 && (float)T(1e9f) > 1000 ? 0x7c : 0x7f); bits++) {
        T candidate, other;
        candidate.__x = (unsigned char)bits, other.__x = (unsigned char)best;
        double distance = std::fabs((double)candidate - std::fabs(value)), least = std::fabs((double)other - std::fabs(value));
        if (distance < least || (distance == least && bits % 2 == 0)) best = bits;
    }
    return best | (std::signbit(value) ? 0x80 : 0);
}

int main() {
    /* What the specification says. */
    __nv_fp8_e4m3 a;
    __nv_fp8_e5m2 b;
    const struct { int bits; double e4m3, e5m2; } known[] = {{0x00, 0, 0}, {0x01, 0x1p-9, 0x1p-16}, {0x07, 0x7p-9, 1.75 * 0x1p-14}, {0x38, 1, 0.5}, {0x7b, 352, 57344}, {0x7c, 384, INFINITY}, {0x7e, 448, NAN}, {0x7f, NAN, NAN}, {0x81, -0x1p-9, -0x1p-16}};
    for (auto k : known) {
        a.__x = b.__x = (unsigned char)k.bits;
        same("a known value of E4M3", (double)a, k.e4m3);
        same("a known value of E5M2", (double)b, k.e5m2);
    }
    for (int bits = 0; bits < 256; bits++) {
        a.__x = b.__x = (unsigned char)bits;
        if ((float)a == (float)a) same("E4M3 there and back", __nv_fp8_e4m3((double)a).__x, bits), same("E4M3 by a half", __nv_fp8_e4m3((__half)a).__x, bits), same("E4M3 by bfloat16", __nv_fp8_e4m3((__nv_bfloat16)a).__x, bits);
        if (std::isfinite((float)b)) same("E5M2 there and back", __nv_fp8_e5m2((float)b).__x, bits), same("E5M2 by a half", __nv_fp8_e5m2((__half)b).__x, bits);
    }
    same("saturation", __nv_fp8_e4m3(1000.0f).__x, 0x7e);
    same("saturation of infinity", __nv_fp8_e5m2(-INFINITY).__x, 0xfb);
    same("no saturation", __nv_cvt_float_to_fp8(465, __NV_NOSAT, __NV_E4M3), 0x7f);
    same("the middle, down to even", __nv_cvt_float_to_fp8(464, __NV_NOSAT, __NV_E4M3), 0x7e);
    same("the middle, up to infinity", __nv_cvt_float_to_fp8(61440, __NV_NOSAT, __NV_E5M2), 0x7c);
    same("no number", __nv_fp8_e4m3(NAN).__x, 0x7f);
    same("half of the least", __nv_fp8_e4m3(0x1p-10f).__x, 0);
    same("a little more", __nv_fp8_e4m3(0x1.000002p-10f).__x, 1);
    same("minus nothing", __nv_fp8_e5m2(-0.0f).__x, 0x80);
    same("an integer", (int)__nv_fp8_e4m3(-17), -16);

    /* On the device, values of all sizes. */
    const int n = 2000;
    double *from;
    unsigned char *e4m3, *e5m2;
    cudaMallocManaged(&from, n * sizeof *from);
    cudaMallocManaged(&e4m3, n);
    cudaMallocManaged(&e5m2, n);
    for (int i = 0; i < n; i++) from[i] = std::ldexp(1 + i * 37 % 64 / 64.0, i % 29 - 20) * (i & 1 ? -1 : 1);
    convert<<<(n + 127) / 128, 128>>>(from, e4m3, e5m2, n);
    cudaDeviceSynchronize();
    for (int i = 0; i < n; i++) {
        same("a value of E4M3", e4m3[i], nearest<__nv_fp8_e4m3>(from[i]));
        same("a value of E5M2", e5m2[i], nearest<__nv_fp8_e5m2>(from[i]));
    }
    /* Of several, the first is lowest. */
    same("two", __nv_fp8x2_e4m3(make_float2(1, -2)).__x, 0xc038);
    same("four", __nv_fp8x4_e5m2(make_float4(1, 2, -2, 0.5f)).__x, 0x38c0403cu);
    same("of four", ((float4)__nv_fp8x4_e5m2(make_float4(1, 2, -2, 0.5f))).z, -2);
    same("two halves", __nv_cvt_halfraw2_to_fp8x2(__half2(__half(1.0f), __half(3.0f)), __NV_SATFINITE, __NV_E4M3), 0x4438);

    /* D = 2 (8 A)ᵀ(B / 4) by cuBLASLt, into bfloat16 and into eight bits with the greatest on the way. */
    const int size = 16;
    __nv_fp8_e4m3 *x, *d;
    __nv_fp8_e5m2 *y;
    __nv_bfloat16 *c;
    float *scales;
    cudaMallocManaged(&x, size * size);
    cudaMallocManaged(&y, size * size);
    cudaMallocManaged(&d, size * size);
    cudaMallocManaged(&c, size * size * sizeof *c);
    cudaMallocManaged(&scales, 4 * sizeof *scales);
    for (int i = 0; i < size * size; i++) x[i] = __nv_fp8_e4m3((float)(i * 37 % 9 - 4)), y[i] = __nv_fp8_e5m2((float)(i * 11 % 5 - 2)), c[i] = 0.0f;
    scales[0] = 8, scales[1] = 0.25f, scales[2] = 0.5f;
    cublasLtHandle_t handle;
    cublasLtMatmulDesc_t desc;
    cublasLtMatrixLayout_t lx, ly, lc, ld;
    cublasLtCreate(&handle);
    cublasLtMatmulDescCreate(&desc, CUBLAS_COMPUTE_32F, CUDA_R_32F);
    cublasLtMatrixLayoutCreate(&lx, CUDA_R_8F_E4M3, size, size, size);
    cublasLtMatrixLayoutCreate(&ly, CUDA_R_8F_E5M2, size, size, size);
    cublasLtMatrixLayoutCreate(&lc, CUDA_R_16BF, size, size, size);
    cublasLtMatrixLayoutCreate(&ld, CUDA_R_8F_E4M3, size, size, size);
    cublasOperation_t transposed = CUBLAS_OP_T;
    float *pointers[] = {scales, scales + 1, scales + 2, scales + 3}, alpha = 2, beta = 0, greatest = 0;
    cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed);
    cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, &pointers[0], sizeof(float *));
    cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, &pointers[1], sizeof(float *));
    cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_D_SCALE_POINTER, &pointers[2], sizeof(float *));
    cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_AMAX_D_POINTER, &pointers[3], sizeof(float *));
    same("a product into bfloat16", cublasLtMatmul(handle, desc, &alpha, x, lx, y, ly, &beta, c, lc, c, lc, nullptr, nullptr, 0, 0), CUBLAS_STATUS_SUCCESS);
    same("a product into eight bits", cublasLtMatmul(handle, desc, &alpha, x, lx, y, ly, &beta, c, lc, d, ld, nullptr, nullptr, 0, 0), CUBLAS_STATUS_SUCCESS);
    same("two of E5M2", cublasLtMatmul(handle, desc, &alpha, y, ly, y, ly, &beta, c, lc, d, ld, nullptr, nullptr, 0, 0), CUBLAS_STATUS_NOT_SUPPORTED);
    cudaDeviceSynchronize();
    for (int i = 0; i < size * size; i++) {
        float sum = 0;
        for (int l = 0; l < size; l++) sum += (float)x[l + i % size * size] * (float)y[l + i / size * size];
        same("an element", (float)c[i], (float)__nv_bfloat16(4 * sum));
        same("an element", d[i].__x, __nv_fp8_e4m3(2 * sum).__x);
        greatest = std::fmax(greatest, std::fabs(4 * sum));
    }
    same("the greatest", scales[3], greatest);
    cublasLtMatmulDescDestroy(desc);
    for (auto *layout : {&lx, &ly, &lc, &ld}) cublasLtMatrixLayoutDestroy(*layout);
    cublasLtDestroy(handle);
    printf("fp8: %d wrong\n", wrong);
    return wrong != 0;
}
