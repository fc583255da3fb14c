/*
 * OpenMP offload: what is present on a device. Ranges of one device are disjoint.
 *
 * Host and device see mapped data at one address, and may still see different values there, as with separate memories: a
 * mapped range has the bytes of the side that runs, and its `other` bytes are those of the side that does not. They change
 * places when a region begins and when it ends.
 */
#include "faultline_openmp.h"
#include <string.h>

/* A treap for each device, by address. */
static struct mapping *present[MAX_DEVICES];
static unsigned random_state = 2463534242u;
unsigned __faultline_construct;

struct mapping *__faultline_find(int device, uintptr_t begin, uintptr_t end) {
    struct mapping *node = present[device];
    while (node && !(begin < node->end && node->begin < end)) node = end <= node->begin ? node->left : node->right;
    return node;
}

static void __faultline_split(struct mapping *node, uintptr_t at, struct mapping **below, struct mapping **above) {
    while (node) {
        if (node->begin < at) {
            *below = node;
            below = &node->right;
            node = node->right;
        } else {
            *above = node;
            above = &node->left;
            node = node->left;
        }
    }
    *below = *above = NULL;
}

/* Of the heap, where the program does not see it, as long as that has room. */
static char *__faultline_copy_room(size_t bytes) {
    char *room = __real_malloc(bytes);
    if (!room) room = (char *)engine_map(bytes, KIND_ANONYMOUS, 0);
    if (!room) __faultline_openmp_fatal("no memory for a device's copy of %zu bytes", bytes);
    return room;
}

struct mapping *__faultline_insert(int device, uintptr_t begin, uintptr_t end, char *other) {
    struct mapping *made = __real_malloc(sizeof *made), **place = &present[device];
    if (!made) __faultline_openmp_fatal("no memory for the table of mapped ranges");
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    *made = (struct mapping){.begin = begin, .end = end, .priority = random_state, .other = other};
    made->made_by = __faultline_construct;
    if (!other) {
        made->own = made->other = __faultline_copy_room(end - begin);
        /* What a device's memory holds before anything is copied there is not defined. */
        memcpy(made->own, (const void *)begin, end - begin);
    }
    while (*place && (*place)->priority >= made->priority) place = begin < (*place)->begin ? &(*place)->left : &(*place)->right;
    __faultline_split(*place, begin, &made->left, &made->right);
    *place = made;
    engine_omp_map(begin, end - begin, device);
    return made;
}

void __faultline_remove(int device, struct mapping *gone) {
    struct mapping **place = &present[device], *left = gone->left, *right = gone->right;
    while (*place != gone) place = gone->begin < (*place)->begin ? &(*place)->left : &(*place)->right;
    while (left && right) {
        if (left->priority >= right->priority) {
            *place = left;
            place = &left->right;
            left = left->right;
        } else {
            *place = right;
            place = &right->left;
            right = right->left;
        }
    }
    *place = left ? left : right;
    engine_omp_unmap(gone->begin, gone->end - gone->begin, device);
    if (gone->own && !engine_freed((uintptr_t)gone->own)) __real_free(gone->own);
    __real_free(gone);
}

void __faultline_exchange(char *one, char *other, size_t bytes) {
    static char between[16384];
    for (size_t done = 0; done < bytes; done += sizeof between) {
        size_t part = bytes - done < sizeof between ? bytes - done : sizeof between;
        memcpy(between, one + done, part);
        memcpy(one + done, other + done, part);
        memcpy(other + done, between, part);
    }
}

/* Mappings of the construct that begins are left out: both sides of them are alike. */
static void __faultline_exchange_tree(const struct mapping *mapping, int begins) {
    for (; mapping; mapping = mapping->right) {
        if (!begins || mapping->made_by != __faultline_construct || !mapping->own)
            __faultline_exchange((char *)mapping->begin, mapping->other, mapping->end - mapping->begin);
        __faultline_exchange_tree(mapping->left, begins);
    }
}

void __faultline_exchange_all(int device, int begins) { __faultline_exchange_tree(present[device], begins); }

int __faultline_associate(uintptr_t address, size_t bytes, char *counterpart, int device) {
    const struct mapping *known = __faultline_find(device, address, address + bytes);
    if (known) return known->begin == address && known->other == counterpart;
    __faultline_insert(device, address, address + bytes, counterpart)->endless = 1;
    return 1;
}

int __faultline_disassociate(uintptr_t address, int device) {
    struct mapping *mapping = __faultline_find(device, address, address + 1);
    if (!mapping || mapping->own) return 0;
    __faultline_remove(device, mapping);
    return 1;
}

void *__faultline_device_side(uintptr_t address, int device) {
    struct mapping *mapping = __faultline_find(device, address, address + 1);
    return mapping && !mapping->own ? mapping->other + (address - mapping->begin) : (void *)address;
}
