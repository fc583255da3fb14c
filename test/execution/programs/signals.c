/* What abort(), a failed assertion and raise() do, with a handler and without; the argument says which. */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* The only function whose address is taken. */
static void handler(int number) {
    printf("caught %d\n", number);
    fflush(stdout);
}

int main(int count, char **arguments) {
    int what = count > 1 ? atoi(arguments[1]) : 0;
    if (what & 1) signal(SIGABRT, handler);
    if (what & 2) signal(SIGABRT, SIG_IGN);
    if (what & 4) raise(SIGABRT);
    if (what & 8) assert(what == 0);
    if (what & 16) abort();
    puts("on");
    return 0;
}
