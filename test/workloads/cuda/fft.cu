/* cuFFT: lengths of small and great primes, one to three dimensions, batches with gaps, real numbers in place and out of it, and inverses, against sums of the host. */
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cufft.h>

static int wrong = 0;
static void near(const char *what, int length, double got, double wanted, double tolerance = 1e-9) {
    if (std::fabs(got - wanted) <= tolerance) return;
    printf("fft: %s of %d is %g, not %g\n", what, length, got, wanted);
    wrong++;
}
template <class T> static T *managed(size_t n) {
    T *values;
    cudaMallocManaged(&values, n * sizeof *values);
    return values;
}
static double part(int i) { return (i * 37 % 23 - 11) / 8.0; }
/* Of `n[0]` × `n[1]` × `n[2]` numbers without gaps, one dimension after the other. */
static void reference(const int *n, cufftDoubleComplex *x, int direction) {
    int all = n[0] * n[1] * n[2], inner = all;
    cufftDoubleComplex *line = (cufftDoubleComplex *)malloc(all * sizeof *line);
    for (int d = 0; d < 3; d++) {
        inner /= n[d];
        for (int first = 0; first < all; first++) {
            if (first / inner % n[d]) continue;
            for (int k = 0; k < n[d]; k++) {
                line[k] = make_cuDoubleComplex(0, 0);
                for (int i = 0; i < n[d]; i++) {
                    double angle = direction * 2 * M_PI * (i * k % n[d]) / n[d];
                    line[k] = cuCadd(line[k], cuCmul(x[first + i * inner], make_cuDoubleComplex(std::cos(angle), std::sin(angle))));
                }
            }
            for (int k = 0; k < n[d]; k++) x[first + k * inner] = line[k];
        }
    }
    free(line);
}
static void one_length(int n) {
    const int batch = 2, shape[] = {1, 1, n};
    cufftDoubleComplex *x = managed<cufftDoubleComplex>(n * batch), *y = managed<cufftDoubleComplex>(n * batch), *wanted = managed<cufftDoubleComplex>(n * batch);
    cufftComplex *single = managed<cufftComplex>(n * batch);
    for (int i = 0; i < n * batch; i++) x[i] = wanted[i] = make_cuDoubleComplex(part(i), part(3 * i + 1)), single[i] = make_cuComplex((float)x[i].x, (float)x[i].y);
    for (int b = 0; b < batch; b++) reference(shape, wanted + b * n, CUFFT_FORWARD);
    cufftHandle plan, in_place;
    cufftPlan1d(&plan, n, CUFFT_Z2Z, batch);
    cufftPlan1d(&in_place, n, CUFFT_C2C, batch);
    cufftExecZ2Z(plan, x, y, CUFFT_FORWARD);
    cufftExecC2C(in_place, single, single, CUFFT_FORWARD);
    cudaDeviceSynchronize();
    for (int i = 0; i < n * batch; i++) {
        near("a transform", n, y[i].x, wanted[i].x), near("a transform", n, y[i].y, wanted[i].y);
        near("a transform of floats", n, single[i].x, wanted[i].x, 2e-3), near("a transform of floats", n, single[i].y, wanted[i].y, 2e-3);
    }
    cufftExecZ2Z(plan, y, y, CUFFT_INVERSE);
    cudaDeviceSynchronize();
    for (int i = 0; i < n * batch; i++) near("there and back", n, y[i].x, n * x[i].x), near("there and back", n, y[i].y, n * x[i].y);
    cufftDestroy(plan);
    cufftDestroy(in_place);
}
/* Real numbers of `rank` dimensions and back, out of place and in place. */
static void real(int rank, const int *shape) {
    int last = shape[2], rows = shape[0] * shape[1], half = last / 2 + 1;
    double *x = managed<double>(rows * last), *back = managed<double>(rows * last), *both = managed<double>(rows * half * 2);
    cufftDoubleComplex *y = managed<cufftDoubleComplex>(rows * half), *wanted = managed<cufftDoubleComplex>(rows * last);
    for (int i = 0; i < rows * last; i++) x[i] = both[i / last * half * 2 + i % last] = part(i), wanted[i] = make_cuDoubleComplex(x[i], 0);
    reference(shape, wanted, CUFFT_FORWARD);
    cufftHandle there, home;
    if (rank == 1) cufftPlan1d(&there, last, CUFFT_D2Z, 1), cufftPlan1d(&home, last, CUFFT_Z2D, 1);
    if (rank == 2) cufftPlan2d(&there, shape[1], last, CUFFT_D2Z), cufftPlan2d(&home, shape[1], last, CUFFT_Z2D);
    if (rank == 3) cufftPlan3d(&there, shape[0], shape[1], last, CUFFT_D2Z), cufftPlan3d(&home, shape[0], shape[1], last, CUFFT_Z2D);
    cufftExecD2Z(there, x, y);
    cufftExecD2Z(there, both, (cufftDoubleComplex *)both);
    cufftExecZ2D(home, y, back);
    cudaDeviceSynchronize();
    for (int i = 0; i < rows * half; i++) {
        near("a half", last, y[i].x, wanted[i / half * last + i % half].x), near("a half", last, y[i].y, wanted[i / half * last + i % half].y);
        near("a half in place", last, both[2 * i], y[i].x), near("a half in place", last, both[2 * i + 1], y[i].y);
    }
    cufftExecZ2D(home, (cufftDoubleComplex *)both, both);
    cudaDeviceSynchronize();
    for (int i = 0; i < rows * last; i++) near("back to real", last, back[i], rows * last * x[i]), near("back in place", last, both[i / last * half * 2 + i % last], rows * last * x[i]);
    cufftDestroy(there);
    cufftDestroy(home);
}

int main() {
    for (int n : (const int[]){1, 2, 3, 7, 8, 30, 49, 61, 64, 67, 97, 143, 144, 200}) one_length(n);
    const int shapes[][3] = {{1, 1, 9}, {1, 1, 16}, {1, 6, 10}, {4, 3, 5}, {2, 71, 6}};
    for (auto shape : shapes) real(shape[0] > 1 ? 3 : shape[1] > 1 ? 2 : 1, shape);

    /* A batch by columns of a matrix that is wider than they are many: each number 5 from the next, each transform beside the one before. */
    const int n = 12, columns = 3, wide = 5, shape[] = {1, 1, n};
    cufftDoubleComplex *x = managed<cufftDoubleComplex>(n * wide), *wanted = managed<cufftDoubleComplex>(n), *y = managed<cufftDoubleComplex>(n * wide);
    for (int i = 0; i < n * wide; i++) x[i] = make_cuDoubleComplex(part(i), part(i + 5)), y[i] = make_cuDoubleComplex(99, 99);
    cufftHandle many, by_hand;
    int sizes[] = {n}, embed[] = {n};
    near("a plan", n, cufftPlanMany(&many, 1, sizes, embed, wide, 1, embed, wide, 1, CUFFT_Z2Z, columns), CUFFT_SUCCESS);
    cudaStream_t stream;
    cudaStreamCreate(&stream);
    cufftSetStream(many, stream);
    cufftExecZ2Z(many, x, y, CUFFT_FORWARD);
    cudaStreamSynchronize(stream);
    for (int c = 0; c < wide; c++) {
        for (int i = 0; i < n; i++) wanted[i] = x[i * wide + c];
        reference(shape, wanted, CUFFT_FORWARD);
        for (int i = 0; i < n; i++) near("a column", n, y[i * wide + c].x, c < columns ? wanted[i].x : 99), near("a column", n, y[i * wide + c].y, c < columns ? wanted[i].y : 99);
    }
    /* A workspace of the program's; what is no plan, and plans that cannot be. */
    size_t bytes = 0, estimate = 0;
    cufftCreate(&by_hand);
    cufftSetAutoAllocation(by_hand, 0);
    cufftMakePlan1d(by_hand, n, CUFFT_Z2Z, 1, &bytes);
    cufftEstimate1d(n, CUFFT_Z2Z, 1, &estimate);
    near("an estimate", n, (double)estimate, (double)bytes);
    near("no workspace", n, cufftExecZ2Z(by_hand, x, y, CUFFT_FORWARD), CUFFT_NO_WORKSPACE);
    cufftSetWorkArea(by_hand, managed<char>(bytes));
    near("a workspace", n, cufftExecZ2Z(by_hand, x, y, CUFFT_FORWARD), CUFFT_SUCCESS);
    near("no direction", n, cufftExecZ2Z(by_hand, x, y, 0), CUFFT_INVALID_VALUE);
    near("a plan made twice", n, cufftMakePlan1d(by_hand, n, CUFFT_Z2Z, 1, &bytes), CUFFT_INVALID_PLAN);
    near("another type", n, cufftExecC2C(by_hand, (cufftComplex *)x, (cufftComplex *)y, CUFFT_FORWARD), CUFFT_INVALID_PLAN);
    cufftDestroy(by_hand);
    near("a plan that is gone", n, cufftDestroy(by_hand), CUFFT_INVALID_PLAN);
    near("no length", 0, cufftPlan1d(&by_hand, 0, CUFFT_Z2Z, 1), CUFFT_INVALID_SIZE);
    near("no type", n, cufftPlan1d(&by_hand, n, (cufftType)7, 1), CUFFT_INVALID_TYPE);
    cudaDeviceSynchronize();
    cufftDestroy(many);
    printf("fft: %d wrong\n", wrong);
    return wrong != 0;
}
