/*
 * qsort as glibc has it: a merge sort, so that what is equal keeps its order and a comparison is called as often as there; the C library's own
 * calls it three times as often. Large elements are sorted by their addresses. Source: the GNU C Library manual, Array Sort Function.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int comparison(const void *, const void *);
typedef int comparison_of(const void *, const void *, void *);
enum { LARGE = 32 };

struct sorting {
    size_t size;
    /* One of them. */
    comparison *compare;
    comparison_of *compare_of;
    void *context;
    /* Elements are addresses of what is compared. */
    int indirect;
    char *room;
};

static inline int is_after(const struct sorting *s, const char *a, const char *b) {
    if (s->indirect) a = *(char *const *)a, b = *(char *const *)b;
    return (s->compare ? s->compare(a, b) : s->compare_of(a, b, s->context)) > 0;
}

/* Elements of words are moved as words: a call for each would take as long as to compare them. */
#define MERGE(move)                                                                                                                    \
    while (left > 0 && right > 0) {                                                                                                    \
        if (is_after(s, a, b)) {                                                                                                       \
            move(to, b);                                                                                                               \
            b += size, right--;                                                                                                        \
        } else {                                                                                                                       \
            move(to, a);                                                                                                               \
            a += size, left--;                                                                                                         \
        }                                                                                                                              \
        to += size;                                                                                                                    \
    }
#define MOVE_4(to, from) *(uint32_t *)(to) = *(const uint32_t *)(from)
#define MOVE_8(to, from) *(uint64_t *)(to) = *(const uint64_t *)(from)
#define MOVE_ANY(to, from) memcpy(to, from, size)

static void merge_sort(const struct sorting *s, char *base, size_t n) {
    if (n < 2) return;
    size_t left = n / 2, right = n - left, size = s->size;
    char *a = base, *b = base + left * size, *to = s->room;
    merge_sort(s, a, left);
    merge_sort(s, b, right);
    if (!is_after(s, b - size, b)) return;
    if (size == 4 && (uintptr_t)base % 4 == 0) {
        MERGE(MOVE_4)
    } else if (size == 8 && (uintptr_t)base % 8 == 0) {
        MERGE(MOVE_8)
    } else {
        MERGE(MOVE_ANY)
    }
    /* What is left of the right half is in its place. */
    memcpy(to, a, left * size);
    memcpy(base, s->room, (n - right) * size);
}

static void swap(char *a, char *b, size_t size) {
    for (; size > 0; size--, a++, b++) {
        char c = *a;
        *a = *b, *b = c;
    }
}

/* Where there is no room for the elements a second time. */
static void heap_sort(const struct sorting *s, char *base, size_t n) {
    size_t size = s->size, first = n / 2;
    while (n > 1) {
        if (first > 0) first--;
        else swap(base, base + --n * size, size);
        for (size_t at = first, child; (child = 2 * at + 1) < n; at = child) {
            if (child + 1 < n && is_after(s, base + (child + 1) * size, base + child * size)) child++;
            if (!is_after(s, base + child * size, base + at * size)) break;
            swap(base + at * size, base + child * size, size);
        }
    }
}

/* The elements go where their addresses say, round by round. */
static void permute(char **sorted, char *base, size_t n, size_t size, char *room) {
    for (size_t i = 0; i < n; i++) {
        if (sorted[i] == base + i * size) continue;
        memcpy(room, base + i * size, size);
        size_t at = i;
        for (size_t from; (from = (size_t)(sorted[at] - base) / size) != i; at = from) {
            memcpy(base + at * size, sorted[at], size);
            sorted[at] = base + at * size;
        }
        memcpy(base + at * size, room, size);
        sorted[at] = base + at * size;
    }
}

static void sort(struct sorting s, char *base, size_t n) {
    size_t size = s.size;
    if (n < 2 || size == 0) return;
    int before = errno;
    /* Addresses, room to merge them, and for one element. */
    char **sorted = size > LARGE ? malloc(2 * n * sizeof *sorted + size) : NULL;
    if (sorted) {
        for (size_t i = 0; i < n; i++) sorted[i] = base + i * size;
        s.indirect = 1, s.size = sizeof *sorted, s.room = (char *)(sorted + n);
        merge_sort(&s, (char *)sorted, n);
        permute(sorted, base, n, size, (char *)(sorted + 2 * n));
        free(sorted);
    } else if ((s.room = malloc(n * size))) {
        merge_sort(&s, base, n);
        free(s.room);
    } else heap_sort(&s, base, n);
    errno = before;
}

void qsort(void *base, size_t n, size_t size, comparison *compare) {
    sort((struct sorting){.size = size, .compare = compare}, base, n);
}

void qsort_r(void *base, size_t n, size_t size, comparison_of *compare, void *context) {
    sort((struct sorting){.size = size, .compare_of = compare, .context = context}, base, n);
}
