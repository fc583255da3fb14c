/* libc++'s, as its library was built: for WASI, whatever programs are told of where they are (toolchain/languages.ts). */
#pragma push_macro("__linux__")
#pragma push_macro("__unix__")
#undef __linux__
#undef __unix__
#include_next <__atomic/contention_t.h>
#pragma pop_macro("__unix__")
#pragma pop_macro("__linux__")
