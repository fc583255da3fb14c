/*
 * Output from an offloaded region. The C library's buffers are host data: a device prints through the host, as offload
 * runtimes do, and touches nothing of them itself.
 */
#include "faultline.h"
#include <stdarg.h>
#include <stdio.h>

ENGINE("on_device") int engine_on_device(void);

int __real_puts(const char *);
int __real_putchar(int);

static int print(FILE *stream, const char *format, va_list arguments) {
    if (!engine_on_device()) return vfprintf(stream, format, arguments);
    engine_service_begin();
    int printed = vfprintf(stream, format, arguments);
    engine_service_end();
    return printed;
}

int __wrap_printf(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int printed = print(stdout, format, arguments);
    va_end(arguments);
    return printed;
}

int __wrap_fprintf(FILE *stream, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int printed = print(stream, format, arguments);
    va_end(arguments);
    return printed;
}

int __wrap_puts(const char *text) {
    if (!engine_on_device()) return __real_puts(text);
    engine_service_begin();
    int result = __real_puts(text);
    engine_service_end();
    return result;
}

int __wrap_putchar(int character) {
    if (!engine_on_device()) return __real_putchar(character);
    engine_service_begin();
    int result = __real_putchar(character);
    engine_service_end();
    return result;
}
