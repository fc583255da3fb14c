/*
 * The kernels behind cuSPARSE's generic API: products, sampled products, vectors, conversions from and to dense matrices. A row of the result has a thread
 * where its entries are together; where they are not, each entry adds its part atomically. Source: cuSPARSE documentation, generic API.
 */
#ifndef FAULTLINE_SPARSE_KERNELS_H
#define FAULTLINE_SPARSE_KERNELS_H
#include "types.h"

namespace faultline {
namespace sparse {
/* C = alpha op(A) op(B) + beta C, `batch` times. */
template <class A> int multiply(const handle *h, pattern p, A a, ptrdiff_t a_batch, A b, grid gb, A c, grid gc, const void *alpha, const void *beta, int batch) {
    using T = typename A::value;
    auto al = scalar_of(h, (const T *)alpha), be = scalar_of(h, (const T *)beta);
    ptrdiff_t rows = gc.rows, columns = gc.columns;
    size_t size = (size_t)rows * (size_t)columns * (size_t)batch;
    if (!p.listed && !p.flipped)
        return run(h, size, [=] __device__(size_t i) {
            ptrdiff_t row = (ptrdiff_t)(i % (size_t)rows), column = (ptrdiff_t)(i / (size_t)rows % (size_t)columns), which = (ptrdiff_t)(i / (size_t)rows / (size_t)columns), to = gc.at(row, column, which);
            pattern q = p.of(which);
            T sum = T(0);
            for (ptrdiff_t e = q.lines.get(row), end = q.lines.get(row + 1); e < end; e++)
                sum += conjugate(a.get(which * a_batch + e), p.conjugated) * conjugate(b.get(gb.at(q.places.get(e), column, which)), gb.conjugated);
            c.set(to, al() * sum + scaled(be(), c, to));
        }), SUCCESS;
    /* Parts add up in the result itself, unless its type is not that of the sums. */
    scratch<T> sums(h, A::same ? 0 : size);
    T *to;
    grid gt = gc;
    if constexpr (A::same) to = c.place;
    else to = sums.data, gt = {rows, columns, 1, rows, rows * columns, false};
    if (!to && size > 0) return NO_MEMORY;
    run(h, size, [=] __device__(size_t i) {
        ptrdiff_t row = (ptrdiff_t)(i % (size_t)rows), column = (ptrdiff_t)(i / (size_t)rows % (size_t)columns), which = (ptrdiff_t)(i / (size_t)rows / (size_t)columns);
        ptrdiff_t at = gt.at(row, column, which);
        if constexpr (A::same) c.set(at, scaled(be(), c, at));
        else to[at] = T(0);
    });
    for (int which = 0; which < batch; which++)
        each_entry(h, p.of(which), [=] __device__(ptrdiff_t row, ptrdiff_t place, ptrdiff_t e) {
            T factor = al() * conjugate(a.get(which * a_batch + e), p.conjugated);
            for (ptrdiff_t column = 0; column < columns; column++) add(to + gt.at(row, column, which), factor * conjugate(b.get(gb.at(place, column, which)), gb.conjugated));
        });
    if constexpr (!A::same)
        run(h, size, [=] __device__(size_t i) {
            ptrdiff_t row = (ptrdiff_t)(i % (size_t)rows), column = (ptrdiff_t)(i / (size_t)rows % (size_t)columns), which = (ptrdiff_t)(i / (size_t)rows / (size_t)columns);
            ptrdiff_t at = gc.at(row, column, which);
            c.set(at, to[gt.at(row, column, which)] + scaled(be(), c, at));
        });
    return SUCCESS;
}
/* C = alpha (op(A) op(B) where C has entries) + beta C */
template <class A> int sample(const handle *h, A a, grid ga, A b, grid gb, pattern p, A c, const void *alpha, const void *beta, int batch) {
    using T = typename A::value;
    auto al = scalar_of(h, (const T *)alpha), be = scalar_of(h, (const T *)beta);
    return run(h, (size_t)p.nnz * (size_t)batch, [=] __device__(size_t i) {
        ptrdiff_t e = (ptrdiff_t)(i % (size_t)p.nnz), which = (ptrdiff_t)(i / (size_t)p.nnz), to = which * p.stride + e;
        pattern q = p.of(which);
        ptrdiff_t line = q.line_of(e), place = q.places.get(e), row = p.flipped ? place : line, column = p.flipped ? line : place;
        T sum = T(0);
        for (ptrdiff_t k = 0; k < ga.columns; k++) sum += conjugate(a.get(ga.at(row, k, which)), ga.conjugated) * conjugate(b.get(gb.at(k, column, which)), gb.conjugated);
        c.set(to, al() * sum + scaled(be(), c, to));
    }), SUCCESS;
}

template <class A> int axpby(const handle *h, const void *alpha, const sparse_vector *x, const void *beta, const dense_vector *y) {
    using T = typename A::value;
    auto al = scalar_of(h, (const T *)alpha), be = scalar_of(h, (const T *)beta);
    A from(x->values, x->type), to(y->values, y->type);
    indices at = x->places.get();
    run(h, (size_t)y->size, [=] __device__(size_t i) { to.set((ptrdiff_t)i, scaled(be(), to, (ptrdiff_t)i)); });
    return run(h, (size_t)x->nnz, [=] __device__(size_t i) {
        ptrdiff_t place = at.get((ptrdiff_t)i);
        to.set(place, al() * from.get((ptrdiff_t)i) + to.get(place));
    }), SUCCESS;
}
template <class A> int rotate(const handle *h, const void *cosine, const void *sine, const sparse_vector *x, const dense_vector *y) {
    using T = typename A::value;
    auto c = scalar_of(h, (const T *)cosine), s = scalar_of(h, (const T *)sine);
    A first(x->values, x->type), second(y->values, y->type);
    indices at = x->places.get();
    return run(h, (size_t)x->nnz, [=] __device__(size_t i) {
        ptrdiff_t place = at.get((ptrdiff_t)i);
        T a = first.get((ptrdiff_t)i), b = second.get(place);
        first.set((ptrdiff_t)i, c() * a + s() * b);
        second.set(place, c() * b - s() * a);
    }), SUCCESS;
}
template <class A> int dot(const handle *h, bool conjugated, const sparse_vector *x, const dense_vector *y, void *result) {
    using T = typename A::value;
    A a(x->values, x->type), b(y->values, y->type);
    indices at = x->places.get();
    return blas::reduce(h, (int)x->nnz, (T *)result, T(0), [=] __device__(int i) { return conjugate(a.get(i), conjugated) * b.get(at.get(i)); }, [] __device__(T p, T q) { return p + q; }, [] __device__(T p) { return p; }) ? NO_MEMORY : SUCCESS;
}
/* Gather, and its opposite. */
template <int = 0> int move(const handle *h, const sparse_vector *x, const dense_vector *y, bool into_sparse) {
    return with_cells(x->type, [&](auto kind) {
        using W = decltype(word_of(kind));
        W *sparse = (W *)x->values, *dense = (W *)y->values;
        indices at = x->places.get();
        return run(h, (size_t)x->nnz, [=] __device__(size_t i) {
            if (into_sparse) sparse[i] = dense[at.get((ptrdiff_t)i)];
            else dense[at.get((ptrdiff_t)i)] = sparse[i];
        }), SUCCESS;
    });
}

template <int = 0> int to_dense(const handle *h, const matrix *from, const dense_matrix *to) {
    return with_cells(from->type, [&](auto kind) {
        using W = decltype(word_of(kind));
        const W *values = (const W *)from->values;
        W *out = (W *)to->values;
        grid g = grid_of(to, PLAIN);
        run(h, (size_t)g.rows * (size_t)g.columns, [=] __device__(size_t i) { out[g.at((ptrdiff_t)(i % (size_t)g.rows), (ptrdiff_t)(i / (size_t)g.rows))] = W{}; });
        return each_entry(h, pattern_of(from), [=] __device__(ptrdiff_t row, ptrdiff_t column, ptrdiff_t e) { out[g.at(row, column)] = values[e]; }), SUCCESS;
    });
}
/* Offsets of the lines (rows, or CSC's columns), into `offsets` of count() + 1. */
template <int = 0> int count_entries(const handle *h, const dense_matrix *from, const matrix *to, int *offsets) {
    return with_cells(from->type, [&](auto kind) {
        using W = decltype(word_of(kind));
        const W *values = (const W *)from->values;
        bool by_columns = to->format == CSC;
        grid g = grid_of(from, PLAIN);
        ptrdiff_t across = by_columns ? g.rows : g.columns;
        run(h, (size_t)to->count(), [=] __device__(size_t line) {
            int count = 0;
            for (ptrdiff_t k = 0; k < across; k++) count += !kind.is_zero(values[by_columns ? g.at(k, (ptrdiff_t)line) : g.at((ptrdiff_t)line, k)]);
            offsets[line] = count;
        });
        return scan(h, (ptrdiff_t)to->count(), [=] __device__(ptrdiff_t i) { return offsets[i]; }, [=] __device__(ptrdiff_t i, int sum) { offsets[i] = sum; });
    });
}
template <int = 0> int to_sparse(const handle *h, const dense_matrix *from, const matrix *to, int *offsets) {
    if (int status = count_entries(h, from, to, offsets)) return status;
    return with_cells(from->type, [&](auto kind) {
        using W = decltype(word_of(kind));
        const W *values = (const W *)from->values;
        W *out = (W *)to->values;
        bool by_columns = to->format == CSC, listed = to->format == COO;
        indices lines = to->lines.get(), places = to->places.get();
        grid g = grid_of(from, PLAIN);
        ptrdiff_t across = by_columns ? g.rows : g.columns, count = (ptrdiff_t)to->count();
        if (!listed) run(h, (size_t)count + 1, [=] __device__(size_t i) { lines.set((ptrdiff_t)i, offsets[i]); });
        return run(h, (size_t)count, [=] __device__(size_t line) {
            ptrdiff_t e = offsets[line];
            for (ptrdiff_t k = 0; k < across; k++) {
                W value = values[by_columns ? g.at(k, (ptrdiff_t)line) : g.at((ptrdiff_t)line, k)];
                if (kind.is_zero(value)) continue;
                if (listed) lines.set(e, (ptrdiff_t)line);
                places.set(e, k);
                out[e++] = value;
            }
        }), SUCCESS;
    });
}
} // namespace sparse
} // namespace faultline
#endif
