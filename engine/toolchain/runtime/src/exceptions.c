/*
 * C++ exceptions: nothing is unwound, so a handler is never entered, and a program that throws ends there, with a sentence that names what it
 * throws. What a handler would need is here as well, so that code with handlers links.
 * Source: Itanium C++ ABI, 2.9.5 (layout of type information) and Exception Handling, for the names; libc++'s exception_ptr.
 */
#include "faultline.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the C++ library; a program that cannot throw links none of it. */
extern char *__cxa_demangle(const char *name, char *buffer, size_t *bytes, int *status);
extern const char single_table[] __asm__("_ZTVN10__cxxabiv120__si_class_type_infoE") __attribute__((weak));
extern const char multiple_table[] __asm__("_ZTVN10__cxxabiv121__vmi_class_type_infoE") __attribute__((weak));

struct base {
    const struct type *type;
    /* Bytes << 8 | public << 1 | virtual; of a virtual base, where its offset stands in the virtual table. */
    long place;
};
struct type {
    const void *table;
    const char *name;
    union {
        const struct type *single;
        struct {
            unsigned flags, count;
            struct base base[];
        } multiple;
    };
};
enum { BASE_VIRTUAL = 1, TABLE_HEAD = 2 * sizeof(void *), WHAT = 2 };

static int is(const struct type *type, const char *table) { return table && type->table == table + TABLE_HEAD; }

/* The std::exception within an object, or null. */
static const char *exception_in(const char *object, const struct type *type) {
    if (strcmp(type->name, "St9exception") == 0) return object;
    if (is(type, single_table)) return exception_in(object, type->single);
    if (!is(type, multiple_table)) return NULL;
    for (unsigned n = 0; n < type->multiple.count; n++) {
        const struct base *base = &type->multiple.base[n];
        long offset = base->place >> 8;
        if (base->place & BASE_VIRTUAL) offset = *(const long *)(*(const char *const *)object + offset);
        const char *found = exception_in(object + offset, base->type);
        if (found) return found;
    }
    return NULL;
}

static const char *what(const char *exception) {
    typedef const char *(*function)(const char *);
    return (*(const function *const *)exception)[WHAT](exception);
}

/* What to do about it says the report (engine/trace/fault-report.ts). */
#define NO_HANDLER ", and handlers are not entered here"

static _Noreturn void stop_at(const char *object, const struct type *type) {
    static char message[1024];
    int status = 0;
    char *name = __cxa_demangle(type->name, NULL, NULL, &status);
    const char *exception = exception_in(object, type), *text = exception ? what(exception) : NULL;
    /* Whoever throws a text or a number means it. */
    if (strcmp(type->name, "PKc") == 0 || strcmp(type->name, "Pc") == 0) text = *(const char *const *)object;
    char number[16] = "";
    if (strcmp(type->name, "i") == 0) snprintf(number, sizeof number, " %d", *(const int *)object);
    snprintf(message, sizeof message, "the program throws %s%s%s%.300s%s" NO_HANDLER, name ? name : type->name, number, text ? " (" : "", text ? text : "",
             text ? ")" : "");
    engine_stop(message);
}

/* Before each object, for who throws it later. */
struct header {
    const struct type *type;
    void (*destroy)(void *);
} __attribute__((aligned(16)));

void *__cxa_allocate_exception(size_t bytes) {
    struct header *header = calloc(1, sizeof *header + bytes);
    if (!header) engine_stop("there is no memory for a C++ exception");
    return header + 1;
}
void __cxa_free_exception(void *object) { free((struct header *)object - 1); }
void *__cxa_init_primary_exception(void *object, void *type, void (*destroy)(void *)) {
    struct header *header = (struct header *)object - 1;
    header->type = type;
    header->destroy = destroy;
    return header;
}
_Noreturn void __cxa_throw(void *object, void *type, void (*destroy)(void *)) {
    (void)destroy;
    stop_at(object, type);
}
/* An exception_ptr holds what nobody has thrown: it lives as long as the program. */
void __cxa_increment_exception_refcount(void *object) { (void)object; }
void __cxa_decrement_exception_refcount(void *object) { (void)object; }
void *__cxa_current_primary_exception(void) { return NULL; }
_Noreturn void __cxa_rethrow_primary_exception(void *object) {
    if (!object) engine_stop("the program rethrows an exception_ptr that holds no exception");
    stop_at(object, ((struct header *)object - 1)->type);
}

/* Only a handler comes here. */
void *__cxa_begin_catch(void *exception) { return exception; }
void __cxa_end_catch(void) {}
void *__cxa_get_exception_ptr(void *exception) { return exception; }
void *__cxa_current_exception_type(void) { return NULL; }
int __cxa_uncaught_exception(void) { return 0; }
unsigned __cxa_uncaught_exceptions(void) { return 0; }
_Noreturn void __cxa_rethrow(void) { engine_stop("the program rethrows where no exception is being handled"); }

/* What libc++'s own code, compiled without exceptions, does in place of a throw: `NAME was thrown in -fno-exceptions mode with message "TEXT"`. */
static _Noreturn void give_up(const char *format, va_list arguments) {
    static char text[512], message[1024];
    vsnprintf(text, sizeof text, format, arguments);
    char *thrown = strstr(text, " was thrown in -fno-exceptions mode");
    if (!thrown) engine_stop(text);
    char *first = strchr(thrown, '"'), *last = strrchr(thrown, '"');
    int quoted = first && last > first;
    snprintf(message, sizeof message, "the program throws std::%.*s%s%.*s%s" NO_HANDLER, (int)(thrown - text), text, quoted ? " (" : "",
             quoted ? (int)(last - first - 1) : 0, quoted ? first + 1 : "", quoted ? ")" : "");
    engine_stop(message);
}
_Noreturn void verbose_abort(const char *format, ...) __asm__("_ZNSt3__222__libcpp_verbose_abortEPKcz");
void verbose_abort(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    give_up(format, arguments);
}
/* libc++abi's: operator new comes here when there is no memory. */
_Noreturn void __abort_message(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    give_up(format, arguments);
}
