/* Signals as far as a program sends them itself: see <signal.h>. */
#include "faultline.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* An errno or 0. */
ENGINE("kill") int engine_kill(int process, int signal);

static struct sigaction actions[NSIG];
static sigset_t mask;

static int is_signal(int signal) { return signal > 0 && signal < NSIG; }

int sigaction(int signal, const struct sigaction *action, struct sigaction *before) {
    if (!is_signal(signal) || ((signal == SIGKILL || signal == SIGSTOP) && action)) return errno = EINVAL, -1;
    struct sigaction old = actions[signal];
    if (action) actions[signal] = *action;
    if (before) *before = old;
    return 0;
}

sighandler_t signal(int number, sighandler_t handler) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, before;
    return sigaction(number, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
}

int raise(int signal) {
    if (!is_signal(signal)) return errno = EINVAL, -1;
    struct sigaction action = actions[signal];
    if (action.sa_flags & SA_RESETHAND) actions[signal] = (struct sigaction){.sa_handler = SIG_DFL};
    if (action.sa_handler == SIG_IGN) return 0;
    if (action.sa_handler != SIG_DFL) {
        if (action.sa_flags & SA_SIGINFO) {
            siginfo_t info = {.si_signo = signal, .si_pid = getpid()};
            action.sa_sigaction(signal, &info, NULL);
        } else action.sa_handler(signal);
        return 0;
    }
    if (signal == SIGCHLD || signal == SIGCONT) return 0;
    if (signal == SIGABRT) abort();
    engine_kill(getpid(), signal);
    _exit(128 + signal);
}

/* Also what a failed assertion comes to. A handler that returns changes nothing. */
_Noreturn void __wrap_abort(void) {
    sighandler_t handler = actions[SIGABRT].sa_handler;
    if (handler != SIG_DFL && handler != SIG_IGN) raise(SIGABRT);
    engine_stop("the program called abort()");
}

int kill(pid_t process, int signal) {
    if (signal < 0 || signal >= NSIG) return errno = EINVAL, -1;
    /* A group is its leader alone. */
    if (process < -1) process = -process;
    if (process == 0 || process == getpid()) return signal == 0 ? 0 : raise(signal);
    int error = engine_kill(process, signal);
    if (error == 0) return 0;
    errno = error;
    return -1;
}

int killpg(pid_t group, int signal) { return kill(group == 0 ? 0 : -group, signal); }

int sigemptyset(sigset_t *set) { return set->bits = 0, 0; }
int sigfillset(sigset_t *set) { return set->bits = ~0ull, 0; }
int sigaddset(sigset_t *set, int signal) {
    if (!is_signal(signal)) return errno = EINVAL, -1;
    return set->bits |= 1ull << (signal - 1), 0;
}
int sigdelset(sigset_t *set, int signal) {
    if (!is_signal(signal)) return errno = EINVAL, -1;
    return set->bits &= ~(1ull << (signal - 1)), 0;
}
int sigismember(const sigset_t *set, int signal) {
    if (!is_signal(signal)) return errno = EINVAL, -1;
    return (set->bits >> (signal - 1)) & 1;
}
int sigprocmask(int how, const sigset_t *set, sigset_t *before) {
    if (before) *before = mask;
    if (!set) return 0;
    if (how == SIG_BLOCK) mask.bits |= set->bits;
    else if (how == SIG_UNBLOCK) mask.bits &= ~set->bits;
    else if (how == SIG_SETMASK) mask = *set;
    else return errno = EINVAL, -1;
    return 0;
}

/* <unistd.h>: nobody rings, and there are no groups of processes. */
unsigned alarm(unsigned seconds) {
    static unsigned left;
    unsigned before = left;
    left = seconds;
    return before;
}
int pause(void) { return errno = EINTR, -1; }
int setpgid(pid_t process, pid_t group) { return 0; }
int setpgrp(void) { return 0; }
pid_t getpgrp(void) { return getpid(); }
pid_t getpgid(pid_t process) { return process == 0 ? getpid() : process; }
pid_t setsid(void) { return getpid(); }
unsigned getuid(void) { return 0; }
unsigned geteuid(void) { return 0; }
unsigned getgid(void) { return 0; }
unsigned getegid(void) { return 0; }
