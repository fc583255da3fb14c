/*
 * Triangular systems and incomplete factors. The analysis gathers the entries of each row of op(A), sorted, and puts the rows in levels: a row needs only rows
 * of earlier ones. One block then goes through the levels, so barriers are enough; with many right-hand sides, each has a thread of its own instead.
 * Source: cuSPARSE documentation; Naumov, Parallel Solution of Sparse Triangular Linear Systems (2011), for levels; Saad, Iterative Methods for Sparse
 * Linear Systems, for ILU(0) and IC(0).
 */
#ifndef FAULTLINE_SPARSE_SOLVE_H
#define FAULTLINE_SPARSE_SOLVE_H
#include "types.h"

namespace faultline {
namespace sparse {
/* Which entries beside the diagonal a plan has; rows wait for those of lower columns, with UPPER of higher ones. */
enum part { LOWER, UPPER, ALL };
struct plan {
    ptrdiff_t rows = 0;
    int *offsets = nullptr, *diagonal = nullptr, *order = nullptr, *starts = nullptr, *level = nullptr, *levels_of = nullptr;
    key *entries = nullptr;
    int levels = 0;
};
inline size_t lay_out(plan *p, ptrdiff_t rows, ptrdiff_t nnz, void *buffer) {
    stretches s{(char *)buffer};
    p->rows = rows;
    p->entries = s.take<key>((size_t)nnz);
    int **const arrays[] = {&p->offsets, &p->starts, &p->diagonal, &p->order, &p->level};
    for (int **array : arrays) *array = s.take<int>((size_t)rows + 1);
    p->levels_of = s.take<int>(1);
    return s.used;
}
template <int = 0> int make_plan(const handle *h, plan *result, pattern of, part which, void *buffer) {
    lay_out(result, of.rows, of.nnz, buffer);
    plan p = *result;
    ptrdiff_t rows = p.rows;
    run(h, (size_t)rows + 1, [=] __device__(size_t i) { p.offsets[i] = 0, p.level[i] = 0, p.starts[i] = 0, p.diagonal[i] = -1; });
    auto wanted = [=] __device__(ptrdiff_t row, ptrdiff_t column) { return which == ALL || (column < row) == (which == LOWER); };
    each_entry(h, of, [=] __device__(ptrdiff_t row, ptrdiff_t column, ptrdiff_t e) {
        if (row == column) p.diagonal[row] = (int)e;
        else if (wanted(row, column)) atomicAdd(p.offsets + row, 1);
    });
    if (int status = scan(h, rows, [=] __device__(ptrdiff_t i) { return p.offsets[i]; }, [=] __device__(ptrdiff_t i, int sum) { p.offsets[i] = sum; })) return status;
    each_entry(h, of, [=] __device__(ptrdiff_t row, ptrdiff_t column, ptrdiff_t e) {
        if (row != column && wanted(row, column)) p.entries[p.offsets[row] + atomicAdd(p.level + row, 1)] = key_of(column, e);
    });
    run(h, (size_t)rows, [=] __device__(size_t row) { sort(p.entries + p.offsets[row], p.offsets[row + 1] - p.offsets[row]); });
    run(h, 1, [=] __device__(size_t) {
        int levels = 0;
        for (ptrdiff_t i = 0; i < rows; i++) {
            ptrdiff_t row = which == UPPER ? rows - 1 - i : i;
            int level = 0;
            for (ptrdiff_t e = p.offsets[row]; e < p.offsets[row + 1]; e++) {
                ptrdiff_t column = index_of(p.entries[e]);
                if ((which == UPPER || column < row) && p.level[column] >= level) level = p.level[column] + 1;
            }
            p.level[row] = level;
            p.starts[level + 1]++;
            if (level >= levels) levels = level + 1;
        }
        /* Counts become beginnings; each row moves its level's, and the next level begins where it ends. */
        for (int l = 0; l < levels; l++) p.starts[l + 1] += p.starts[l];
        for (ptrdiff_t i = rows - 1; i >= 0; i--) {
            ptrdiff_t row = which == UPPER ? rows - 1 - i : i;
            p.order[--p.starts[p.level[row] + 1]] = (int)row;
        }
        for (int l = 0; l < levels; l++) p.starts[l] = p.starts[l + 1];
        p.starts[levels] = (int)rows;
        *p.levels_of = levels;
    });
    result->levels = read(h, p.levels_of);
    return SUCCESS;
}
template <class F> __global__ void by_levels(plan p, F f) {
    for (int l = 0; l < p.levels; l++) {
        for (ptrdiff_t i = p.starts[l] + (ptrdiff_t)threadIdx.x; i < p.starts[l + 1]; i += (ptrdiff_t)blockDim.x) f((ptrdiff_t)p.order[i]);
        __syncthreads();
    }
}
/* As many threads as rows have to do at a time. */
template <class F> void in_order(const handle *h, const plan &p, F f) {
    ptrdiff_t width = p.levels ? p.rows / p.levels : 0;
    unsigned threads = 1;
    while (threads < 256 && (ptrdiff_t)threads < width) threads *= 2;
    if (p.rows > 0) by_levels<<<1, threads, 0, h->stream>>>(p, f);
}
/* What is between the phases of SpSV and SpSM. */
struct solution {
    plan p;
    const matrix *a = nullptr;
    int op = 0, upper = 0, unit = 0;
    bool analyzed = false;
};
/* Only what was analyzed can be solved. */
inline bool is_analyzed(const solution *s, const matrix *a, int op) { return s->analyzed && s->a == a && s->op == op && s->upper == a->upper && s->unit == a->unit; }
template <class T> __device__ T solve_row(const plan &p, const T *a, bool conjugated, bool unit, T right, const T *x, const grid &g, ptrdiff_t row, ptrdiff_t column) {
    for (ptrdiff_t e = p.offsets[row]; e < p.offsets[row + 1]; e++) {
        key k = p.entries[e];
        right -= conjugate(a[rest_of(k)], conjugated) * x[g.at(index_of(k), column)];
    }
    if (unit) return right;
    int d = p.diagonal[row];
    return right / (d < 0 ? T(0) : conjugate(a[d], conjugated));
}
/* op(A) C = alpha op(B); B may be C. */
template <class T> int solve(const handle *h, const solution *s, const matrix *m, const void *alpha, const T *b, grid gb, T *c, grid gc) {
    auto al = scalar_of(h, (const T *)alpha);
    plan p = s->p;
    const T *a = (const T *)m->values;
    bool conjugated = s->op == CONJUGATED, unit = m->unit;
    if (gc.columns == 1)
        return in_order(h, p, [=] __device__(ptrdiff_t row) { c[gc.at(row, 0)] = solve_row(p, a, conjugated, unit, al() * conjugate(b[gb.at(row, 0)], gb.conjugated), c, gc, row, 0); }), SUCCESS;
    return run(h, (size_t)gc.columns, [=] __device__(size_t column) {
        for (ptrdiff_t i = 0; i < p.rows; i++) {
            ptrdiff_t row = p.order[i], to = gc.at(row, (ptrdiff_t)column);
            c[to] = solve_row(p, a, conjugated, unit, al() * conjugate(b[gb.at(row, (ptrdiff_t)column)], gb.conjugated), c, gc, row, (ptrdiff_t)column);
        }
    }), SUCCESS;
}

/* Of csrilu02 and csric02: the first row without a pivot is on the device, since a factorization does not wait. */
enum { NO_PIVOT_MISSES = 0x7fffffff };
struct factor_info {
    plan p;
    int *pivot = nullptr;
    int base = 0;
    bool analyzed = false;
};
template <int = 0> int analyze(const handle *h, factor_info *info, pattern of, void *buffer) {
    if (int status = make_plan(h, &info->p, of, ALL, buffer)) return status;
    plan p = info->p;
    int *pivot = info->pivot;
    info->base = of.lines.base, info->analyzed = true;
    run(h, 1, [=] __device__(size_t) { *pivot = NO_PIVOT_MISSES; });
    return run(h, (size_t)p.rows, [=] __device__(size_t row) {
        if (p.diagonal[row] < 0) atomicMin(pivot, (int)row);
    }), SUCCESS;
}
template <int = 0> int zero_pivot(const handle *h, const factor_info *info, int *position) {
    int first = info->analyzed ? read(h, info->pivot) : (int)NO_PIVOT_MISSES, told = first == NO_PIVOT_MISSES ? -1 : first + info->base;
    if (h->device_scalars) cudaMemcpy(position, &told, sizeof told, cudaMemcpyHostToDevice);
    else *position = told;
    return first == NO_PIVOT_MISSES ? SUCCESS : ZERO_PIVOT;
}
/* The entries of two rows from one column on, where both have one: f(entry of the first, entry of the second). */
template <class F> __device__ void in_both(const plan &p, ptrdiff_t first, ptrdiff_t second, ptrdiff_t from, ptrdiff_t before, F f) {
    ptrdiff_t i = p.offsets[first], a = p.offsets[first + 1], j = p.offsets[second], b = p.offsets[second + 1];
    while (i < a && j < b) {
        ptrdiff_t left = index_of(p.entries[i]), right = index_of(p.entries[j]);
        if (left == right && left >= from && left < before) f(rest_of(p.entries[i]), rest_of(p.entries[j]));
        i += left <= right, j += right <= left;
    }
}
template <class T> int factor_lu(const handle *h, const factor_info *info, T *a) {
    plan p = info->p;
    int *pivot = info->pivot;
    run(h, 1, [=] __device__(size_t) { *pivot = NO_PIVOT_MISSES; });
    return in_order(h, p, [=] __device__(ptrdiff_t row) {
        for (ptrdiff_t e = p.offsets[row]; e < p.offsets[row + 1] && index_of(p.entries[e]) < row; e++) {
            ptrdiff_t k = index_of(p.entries[e]), at = rest_of(p.entries[e]);
            T factor = a[at] / (p.diagonal[k] < 0 ? T(0) : a[p.diagonal[k]]);
            a[at] = factor;
            in_both(p, row, k, k + 1, PTRDIFF_MAX, [&](ptrdiff_t mine, ptrdiff_t other) { a[mine] -= factor * a[other]; });
            /* The diagonal is no entry of the plan: its part comes from row k's entry in this column. */
            for (ptrdiff_t f = p.offsets[k]; f < p.offsets[k + 1]; f++)
                if (index_of(p.entries[f]) == row && p.diagonal[row] >= 0) a[p.diagonal[row]] -= factor * a[rest_of(p.entries[f])];
        }
        if (p.diagonal[row] < 0 || a[p.diagonal[row]] == T(0)) atomicMin(pivot, (int)row);
    }), SUCCESS;
}
/* The lower triangle becomes L of L Lᴴ; the upper one is not looked at. */
template <class T> int factor_cholesky(const handle *h, const factor_info *info, T *a) {
    plan p = info->p;
    int *pivot = info->pivot;
    run(h, 1, [=] __device__(size_t) { *pivot = NO_PIVOT_MISSES; });
    return in_order(h, p, [=] __device__(ptrdiff_t row) {
        T squares = T(0);
        for (ptrdiff_t e = p.offsets[row]; e < p.offsets[row + 1] && index_of(p.entries[e]) < row; e++) {
            ptrdiff_t k = index_of(p.entries[e]), at = rest_of(p.entries[e]);
            T sum = a[at];
            in_both(p, row, k, 0, k, [&](ptrdiff_t mine, ptrdiff_t other) { sum -= a[mine] * conjugate(a[other], true); });
            sum = sum / (p.diagonal[k] < 0 ? T(0) : a[p.diagonal[k]]);
            a[at] = sum;
            squares += sum * conjugate(sum, true);
        }
        int d = p.diagonal[row];
        if (d >= 0) a[d] = root(a[d] - squares);
        if (d < 0 || a[d] == T(0) || !(a[d] == a[d])) atomicMin(pivot, (int)row);
    }), SUCCESS;
}
} // namespace sparse
} // namespace faultline
#endif
