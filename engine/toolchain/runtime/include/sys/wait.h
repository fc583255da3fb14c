/* <sys/wait.h>: how a child process ended. Source: POSIX.1-2017; the numbers are Linux's. */
#ifndef FAULTLINE_SYS_WAIT_H
#define FAULTLINE_SYS_WAIT_H

#include <signal.h>
#include <sys/types.h>

#define WNOHANG 1
#define WUNTRACED 2

#define WEXITSTATUS(status) (((status) >> 8) & 0xff)
#define WTERMSIG(status) ((status) & 0x7f)
#define WIFEXITED(status) (WTERMSIG(status) == 0)
#define WIFSIGNALED(status) (WTERMSIG(status) != 0)
#define WCOREDUMP(status) 0
#define WIFSTOPPED(status) 0
#define WSTOPSIG(status) 0
#define WIFCONTINUED(status) 0

#ifdef __cplusplus
extern "C" {
#endif

pid_t wait(int *);
pid_t waitpid(pid_t, int *, int);

#ifdef __cplusplus
}
#endif

#endif
