/*
 * OpenMP offload: target regions, data environments and device memory.
 *
 * Clang's code asks __tgt_target_kernel to run a region on a device and, when told that this was not done, calls the region's
 * host version. We say so always, after having armed the device: the engine makes it current when that host version begins,
 * and calls __faultline_region_finished when it ends. The rules of mapping are those of the OpenMP specification 5.2, 5.8.3,
 * with LLVM's flags (OpenMPOffloadMappingFlags).
 */
#include "faultline_openmp.h"
#include <string.h>

/* Clang's ident_t. */
struct location {
    int unused[4];
    const char *source;
};

ENGINE("omp_arm") void engine_omp_arm(int device, unsigned teams, unsigned threads, const char *name);
/* A copy of a mapped range to or from a device, for the record: the runtime keeps the bytes. */
ENGINE("omp_copy") void engine_omp_copy(uintptr_t address, size_t bytes, int device, int to_device, const char *name);

enum {
    MAP_TO = 0x1,
    MAP_FROM = 0x2,
    MAP_ALWAYS = 0x4,
    MAP_DELETE = 0x8,
    MAP_POINTEE = 0x10,
    MAP_PRIVATE = 0x80,
    MAP_LITERAL = 0x100,
    MAP_IMPLICIT = 0x200,
    MAP_PRESENT = 0x1000,
    MAP_HOLD = 0x2000,
    MAP_ATTACH = 0x4000
};
/* Above 32 bits: a strided section, described by dimensions; and the number of the struct that a member belongs to. */
static const int64_t MAP_STRIDED = INT64_C(0x100000000000), MAP_MEMBER_OF = -(INT64_C(1) << 48), MAP_MEMBER = INT64_C(1) << 48;

/* A member counts with its struct; what a member points to lies elsewhere and counts by itself. */
static int is_member(int64_t flags) { return (flags & MAP_MEMBER_OF) != 0 && (flags & MAP_POINTEE) == 0; }

enum { MAX_PENDING = 8, REQUIRES_UNIFIED_SHARED_MEMORY = 8 };

/* ---- What the program's objects say: one entry for each region and declare-target variable ---- */

struct entry {
    uint64_t reserved;
    uint16_t version, kind;
    uint32_t flags;
    void *address;
    const char *name;
    uint64_t bytes, data;
    void *auxiliary;
};
enum { ENTRY_OPENMP = 1, ENTRY_VARIABLE = 0, ENTRY_REQUIRES = 16 };

/* Undefined in a program without target regions. The linker drops entries that nothing names; this one is named here. */
extern const struct entry __start_llvm_offload_entries[] __attribute__((weak));
extern const struct entry __stop_llvm_offload_entries[] __attribute__((weak));
extern const struct entry requires_entry __asm__(".offloading.entry..requires") __attribute__((weak));

static struct {
    int known, unified;
    int attached[MAX_DEVICES];
} program;

static void __faultline_read_requirements(void) {
    if (program.known) return;
    program.known = 1;
    if (&requires_entry && requires_entry.flags & ENTRY_REQUIRES && requires_entry.data & REQUIRES_UNIFIED_SHARED_MEMORY)
        program.unified = 1;
}

ROUTINE(void, __tgt_register_requires, int64_t flags) {
    if (flags & REQUIRES_UNIFIED_SHARED_MEMORY) program.unified = 1;
}

/* "main, line 12" of ";file;main;12;1;;"; NULL without debug information. Overwritten by the next call. */
static const char *__faultline_region_name(const struct location *at) {
    static char text[160];
    const char *function = at && at->source ? strchr(at->source + 1, ';') : NULL;
    const char *line = function ? strchr(++function, ';') : NULL;
    size_t length = line ? (size_t)(line - function) : 0;
    if (length == 0 || strncmp(function, "unknown", length) == 0) return NULL;
    if (length > sizeof text - 24) length = sizeof text - 24;
    memcpy(text, function, length);
    memcpy(text + length, ", line ", 7);
    size_t digits = strcspn(line + 1, ";");
    if (digits > 12) digits = 12;
    memcpy(text + length + 7, line + 1, digits);
    text[length + 7 + digits] = 0;
    return text;
}

int __faultline_device(int64_t number) {
    if (number == -1) number = __faultline_icv.default_device;
    int count = engine_device_count();
    if (number < 0 || number >= count || number >= MAX_DEVICES) return HOST;
    return (int)number;
}

/* ---- Map clauses ---- */

struct clause {
    void *base, *begin;
    int64_t bytes, flags;
    const char *name; /* ";name;file;line;column;;" or NULL without debug information */
};

/* The name alone; overwritten by the next call. */
static const char *__faultline_clause_name(const struct clause *clause) {
    static char name[96];
    if (!clause->name || clause->name[0] != ';') return clause->name;
    size_t length = strcspn(clause->name + 1, ";");
    if (length >= sizeof name) length = sizeof name - 1;
    memcpy(name, clause->name + 1, length);
    name[length] = 0;
    return name[0] && strcmp(name, "unknown") != 0 ? name : NULL;
}

static void __faultline_copy_clause(const struct clause *clause, const struct mapping *mapping, int device, int to_device) {
    char *begin = (char *)clause->begin > (char *)mapping->begin ? clause->begin : (char *)mapping->begin;
    char *end = (char *)clause->begin + clause->bytes;
    if (end > (char *)mapping->end) end = (char *)mapping->end;
    char *other = mapping->other + (begin - (char *)mapping->begin);
    if (to_device) memcpy(other, begin, (size_t)(end - begin));
    else memcpy(begin, other, (size_t)(end - begin));
    engine_omp_copy((uintptr_t)begin, (size_t)(end - begin), device, to_device, __faultline_clause_name(clause));
}

static _Noreturn void __faultline_refuse(const struct clause *clause, int device, const char *reason) {
    const char *name = __faultline_clause_name(clause);
    __faultline_openmp_fatal("%s%s%lld bytes at %p: %s (device %d)", name ? name : "", name ? ", " : "",
                             (long long)clause->bytes, clause->begin, reason, device);
}

/* The mapping that holds a clause's range. NULL if there is none. */
static struct mapping *__faultline_lookup(const struct clause *clause, int device) {
    uintptr_t begin = (uintptr_t)clause->begin, end = begin + (clause->bytes > 0 ? (uintptr_t)clause->bytes : 1);
    struct mapping *found = __faultline_find(device, begin, end);
    if (!found && (clause->flags & MAP_PRESENT) && clause->bytes > 0)
        __faultline_refuse(clause, device, "`present` asks for data that is not on the device");
    if (found && (begin < found->begin || end > found->end) && (clause->flags & MAP_IMPLICIT) == 0)
        __faultline_refuse(clause, device, "a part of this is on the device already, and a mapping cannot be extended");
    return found;
}

/* Values passed as such and private variables without a copy. */
static int is_nothing(const struct clause *clause) {
    if (clause->flags & (MAP_LITERAL | MAP_ATTACH)) return 1;
    return (clause->flags & MAP_PRIVATE) != 0 && (clause->flags & MAP_TO) == 0;
}

/* A device's pointer is made to point to the device's copy of its target, once: addresses are alike, so it is the host's. */
static void __faultline_attach(const struct clause *clause, int device) {
    const uintptr_t pointer = (uintptr_t)clause->base, target = (uintptr_t)clause->begin;
    const struct mapping *mapping = __faultline_find(device, pointer, pointer + sizeof(void *));
    const struct mapping *pointee = __faultline_find(device, target, target + 1);
    if (!mapping || pointer < mapping->begin || pointer + sizeof(void *) > mapping->end || !pointee) return;
    if (mapping->made_by != __faultline_construct && pointee->made_by != __faultline_construct) return;
    memcpy(mapping->other + (pointer - mapping->begin), clause->base, sizeof(void *));
}

static void __faultline_map(const struct clause *clause, int device) {
    if (clause->flags & MAP_ATTACH) __faultline_attach(clause, device);
    if (is_nothing(clause)) return;
    struct mapping *mapping = __faultline_lookup(clause, device);
    if (!mapping && clause->bytes <= 0) return;
    int counted = !is_member(clause->flags);
    if (!mapping) {
        mapping = __faultline_insert(device, (uintptr_t)clause->begin, (uintptr_t)clause->begin + (uintptr_t)clause->bytes, NULL);
        counted = 1;
    }
    if (counted && clause->flags & MAP_HOLD) mapping->holds++;
    else if (counted) mapping->references++;
    /* New by this construct: a struct's members are copied one by one into the space that the struct's clause made. */
    int fresh = mapping->made_by == __faultline_construct && mapping->references + mapping->holds <= 1;
    if (clause->flags & MAP_TO && clause->bytes > 0 && (fresh || clause->flags & MAP_ALWAYS))
        __faultline_copy_clause(clause, mapping, device, 1);
    if (clause->flags & MAP_POINTEE) __faultline_attach(clause, device);
}

static void __faultline_unmap(const struct clause *clause, int device) {
    if (is_nothing(clause)) return;
    struct mapping *mapping = __faultline_lookup(clause, device);
    if (!mapping) return;
    unsigned *count = clause->flags & MAP_HOLD ? &mapping->holds : &mapping->references;
    unsigned other = clause->flags & MAP_HOLD ? mapping->references : mapping->holds;
    if (clause->flags & MAP_DELETE) *count = *count != 0;
    int last = !mapping->endless && *count <= 1 && other == 0;
    /* A firstprivate copy has nothing to give back. */
    int gives_back = clause->flags & MAP_FROM && (clause->flags & MAP_PRIVATE) == 0 && clause->bytes > 0;
    if (gives_back && (last || clause->flags & MAP_ALWAYS))
        __faultline_copy_clause(clause, mapping, device, 0);
    if (is_member(clause->flags) || mapping->endless) return;
    if (*count != 0) (*count)--;
    if (*count == 0 && other == 0) __faultline_remove(device, mapping);
}

/* ---- Clauses with mappers ---- */

/* What a mapper function, generated by Clang, has pushed. */
struct components {
    struct clause *list;
    int64_t count, room;
};
typedef void (*mapper_function)(struct components *, void *base, void *begin, int64_t elements, int64_t flags, void *name);

ROUTINE(int64_t, __tgt_mapper_num_components, struct components *components) { return components->count; }

ROUTINE(void, __tgt_push_mapper_component, struct components *components, void *base, void *begin, int64_t bytes,
        int64_t flags, void *name) {
    if (components->count == components->room) {
        components->room = components->room ? components->room * 2 : 16;
        struct clause *list = __real_malloc((size_t)components->room * sizeof *list);
        if (!list) __faultline_openmp_fatal("no memory for a mapper");
        memcpy(list, components->list, (size_t)components->count * sizeof *list);
        __real_free(components->list);
        components->list = list;
    }
    components->list[components->count++] = (struct clause){base, begin, bytes, flags, name};
}

enum operation { BEGIN, END, UPDATE };

struct clauses {
    int count;
    void **bases, **begins;
    int64_t *sizes, *flags;
    const char **names;
    void **mappers;
};

static void __faultline_update(const struct clause *clause, int device);

static void __faultline_apply(const struct clause *clause, int device, enum operation operation) {
    if (operation == BEGIN) __faultline_map(clause, device);
    else if (operation == END) __faultline_unmap(clause, device);
    else __faultline_update(clause, device);
}

/*
 * The mapped object is kept on the device as a whole, once for each clause; what its mapper lists within it moves data only,
 * and what the mapper lists elsewhere (pointees) is mapped by itself. So begin and end always balance.
 */
static void __faultline_apply_mapper(const struct clause *clause, int device, enum operation operation, mapper_function mapper) {
    struct components components = {0};
    mapper(&components, clause->base, clause->begin, clause->bytes, clause->flags, (void *)clause->name);
    struct clause whole = *clause;
    whole.flags &= ~(int64_t)(MAP_TO | MAP_FROM);
    if (operation == BEGIN) __faultline_apply(&whole, device, BEGIN);
    for (int64_t n = 0; n < components.count; n++) {
        struct clause part = components.list[operation == END ? components.count - 1 - n : n];
        uintptr_t offset = (uintptr_t)part.begin - (uintptr_t)clause->begin;
        int inside = offset < (uintptr_t)clause->bytes;
        part.flags &= ~MAP_MEMBER_OF;
        if (inside) part.flags = (part.flags & ~(int64_t)(MAP_DELETE | MAP_POINTEE)) | MAP_MEMBER;
        __faultline_apply(&part, device, operation);
    }
    if (operation == END) __faultline_apply(&whole, device, END);
    __real_free(components.list);
}

static void __faultline_apply_all(const struct clauses *clauses, int device, enum operation operation) {
    if (device == HOST || program.unified) return;
    __faultline_construct++;
    /* In reverse at the end, so that a struct outlives its members. */
    for (int n = 0; n < clauses->count; n++) {
        int at = operation == END ? clauses->count - 1 - n : n;
        struct clause clause = {clauses->bases[at], clauses->begins[at], clauses->sizes[at], clauses->flags[at],
                                clauses->names ? clauses->names[at] : NULL};
        void *mapper = clauses->mappers ? clauses->mappers[at] : NULL;
        if (mapper) __faultline_apply_mapper(&clause, device, operation, (mapper_function)mapper);
        else __faultline_apply(&clause, device, operation);
    }
}

/* ---- target update ---- */

struct dimension {
    uint64_t offset, count, stride;
};

/*
 * The innermost dimension is one element. Clang 22 tells how many dimensions there are unless the section's size is not
 * constant, when it tells the bytes instead; then the first dimension of one element must be the innermost.
 */
enum { MAX_DIMENSIONS = 7 };

static void __faultline_update_strided(struct clause part, const struct dimension *dimension, int64_t rank, uintptr_t base,
                                       int device) {
    int innermost = rank <= MAX_DIMENSIONS ? rank == 1 : dimension->count == 1 && dimension->offset == 0;
    for (uint64_t n = 0; n < dimension->count; n++) {
        uintptr_t at = base + (uintptr_t)((dimension->offset + n) * dimension->stride);
        if (!innermost) {
            __faultline_update_strided(part, dimension + 1, rank <= MAX_DIMENSIONS ? rank - 1 : rank, at, device);
            continue;
        }
        part.begin = (void *)at;
        part.bytes = (int64_t)dimension->stride;
        __faultline_update(&part, device);
    }
}

static void __faultline_update(const struct clause *clause, int device) {
    if (is_nothing(clause)) return;
    if (clause->flags & MAP_STRIDED) {
        struct clause part = *clause;
        part.flags &= ~MAP_STRIDED;
        __faultline_update_strided(part, clause->begin, clause->bytes, (uintptr_t)clause->base, device);
        return;
    }
    const struct mapping *mapping = clause->bytes > 0 ? __faultline_lookup(clause, device) : NULL;
    if (mapping && clause->flags & MAP_TO) __faultline_copy_clause(clause, mapping, device, 1);
    if (mapping && clause->flags & MAP_FROM) __faultline_copy_clause(clause, mapping, device, 0);
}

/* ---- Constructs ---- */

/* Declare-target variables are on every device from the start. */
static int __faultline_use_device(int64_t number) {
    __faultline_read_requirements();
    int device = __faultline_place.device == HOST ? __faultline_device(number) : HOST;
    if (device == HOST || program.attached[device] || program.unified) return device;
    program.attached[device] = 1;
    for (const struct entry *entry = __start_llvm_offload_entries; entry != __stop_llvm_offload_entries; entry++) {
        if (entry->kind != ENTRY_OPENMP || entry->flags != ENTRY_VARIABLE || entry->bytes == 0) continue;
        uintptr_t begin = (uintptr_t)entry->address, end = begin + (uintptr_t)entry->bytes;
        if (!__faultline_find(device, begin, end)) __faultline_insert(device, begin, end, NULL)->endless = 1;
    }
    return device;
}

int __faultline_is_unified(void) {
    __faultline_read_requirements();
    return program.unified;
}

int __faultline_is_present(uintptr_t address, size_t bytes, int device) {
    __faultline_use_device(device);
    uintptr_t end = address + (bytes ? bytes : 1);
    const struct mapping *mapping = __faultline_find(device, address, end);
    return mapping && mapping->begin <= address && end <= mapping->end;
}

#define DATA_CONSTRUCT(name, operation)                                                                                         \
    ROUTINE(void, __tgt_target_data_##name##_mapper, struct location *at, int64_t device, int count, void **bases,             \
            void **begins, int64_t *sizes, int64_t *flags, const char **names, void **mappers) {                                \
        const struct clauses clauses = {count, bases, begins, sizes, flags, names, mappers};                                    \
        __faultline_apply_all(&clauses, __faultline_use_device(device), operation);                                             \
    }                                                                                                                           \
    ROUTINE(void, __tgt_target_data_##name##_nowait_mapper, struct location *at, int64_t device, int count, void **bases,      \
            void **begins, int64_t *sizes, int64_t *flags, const char **names, void **mappers, int dependences, void *list,     \
            int unaliased, void *unaliased_list) {                                                                              \
        const struct clauses clauses = {count, bases, begins, sizes, flags, names, mappers};                                    \
        __faultline_apply_all(&clauses, __faultline_use_device(device), operation);                                             \
    }

DATA_CONSTRUCT(begin, BEGIN)
DATA_CONSTRUCT(end, END)
DATA_CONSTRUCT(update, UPDATE)

extern struct __faultline_triple __faultline_threadIdx;

struct kernel_arguments {
    uint32_t version;
    int count;
    void **bases, **begins;
    int64_t *sizes, *flags;
    const char **names;
    void **mappers;
    uint64_t iterations, launch_flags;
    uint32_t teams[3], threads[3];
    uint32_t shared_bytes;
};

/* Regions whose host version is about to run or runs. More than one only if a region contains another. */
static struct pending {
    int device;
    struct clauses clauses;
    struct __faultline_place place;
    unsigned thread;
} pending[MAX_PENDING];
static int pending_count;

/* Without num_teams: as many teams as an A100 has multiprocessors, but no more than the loop has iterations. */
enum { DEFAULT_TEAMS = 108 };

static unsigned __faultline_default_teams(uint64_t iterations) {
    if (__faultline_icv.teams > 0) return (unsigned)__faultline_icv.teams;
    return iterations != 0 && iterations < DEFAULT_TEAMS ? (unsigned)iterations : DEFAULT_TEAMS;
}

/*
 * Lets the device's side of all that is mapped be seen, or the host's again. A firstprivate variable that happens to lie in a
 * mapped range is the host's in any case.
 */
static void __faultline_change_sides(const struct clauses *clauses, int device, int begins) {
    if (program.unified) return;
    if (begins) __faultline_exchange_all(device, 1);
    for (int n = 0; n < clauses->count; n++) {
        int64_t kind = clauses->flags[n] & (MAP_PRIVATE | MAP_LITERAL | MAP_TO);
        if (kind != (MAP_PRIVATE | MAP_TO) || clauses->sizes[n] <= 0) continue;
        uintptr_t begin = (uintptr_t)clauses->begins[n];
        size_t bytes = (size_t)clauses->sizes[n];
        const struct mapping *mapping = __faultline_find(device, begin, begin + bytes);
        if (!mapping || begin < mapping->begin || begin + bytes > mapping->end) continue;
        __faultline_exchange((char *)begin, mapping->other + (begin - mapping->begin), bytes);
    }
    if (!begins) __faultline_exchange_all(device, 0);
}

static int __faultline_launch_region(const struct location *at, int64_t number, int teams, int threads,
                                     const struct kernel_arguments *arguments) {
    enum { HOST_VERSION = 1 };
    int device = __faultline_use_device(number);
    if (device == HOST) return HOST_VERSION;
    if (pending_count == MAX_PENDING) __faultline_openmp_fatal("more than %d nested target regions", MAX_PENDING);
    struct pending *launch = &pending[pending_count++];
    launch->device = device;
    launch->place = __faultline_place;
    launch->thread = __faultline_threadIdx.x;
    launch->clauses = (struct clauses){arguments->count, arguments->bases, arguments->begins, arguments->sizes,
                                       arguments->flags, arguments->names, arguments->mappers};
    __faultline_apply_all(&launch->clauses, device, BEGIN);
    __faultline_change_sides(&launch->clauses, device, 1);
    /* The host version of a nowait region has its firstprivate variables in its task. */
    struct task_header *task = launch->place.target_task;
    if (task && !program.unified) engine_omp_map((uintptr_t)task, task->bytes, device);
    unsigned asked = threads > 0 ? (unsigned)threads : 0;
    unsigned default_teams = __faultline_default_teams(arguments->iterations);
    __faultline_place = (struct __faultline_place){
        .device = device, .teams = 1, .threads = 1, .default_teams = default_teams, .asked_limit = asked};
    /* -1: the region has no teams construct. */
    unsigned league = teams < 0 ? 1 : teams > 0 ? (unsigned)teams : default_teams;
    engine_omp_arm(device, league, asked != 0 ? asked : 1, __faultline_region_name(at));
    return HOST_VERSION;
}

ROUTINE(int, __tgt_target_kernel, struct location *at, int64_t device, int teams, int threads, void *region,
        struct kernel_arguments *arguments) {
    return __faultline_launch_region(at, device, teams, threads, arguments);
}

ROUTINE(int, __tgt_target_kernel_nowait, struct location *at, int64_t device, int teams, int threads, void *region,
        struct kernel_arguments *arguments, int dependences, void *list, int unaliased, void *unaliased_list) {
    return __faultline_launch_region(at, device, teams, threads, arguments);
}

/* Called by the engine when an armed region has returned and the CPU is current again. */
void __faultline_region_finished(void) {
    if (pending_count == 0) return;
    struct pending ended = pending[--pending_count];
    __faultline_place = ended.place;
    /* A thread of the host's team goes on. */
    __faultline_threadIdx.x = ended.thread;
    struct task_header *task = ended.place.target_task;
    if (task && !program.unified) engine_omp_unmap((uintptr_t)task, task->bytes, ended.device);
    __faultline_change_sides(&ended.clauses, ended.device, 0);
    __faultline_apply_all(&ended.clauses, ended.device, END);
    __faultline_blocks_reset(ended.device);
}
