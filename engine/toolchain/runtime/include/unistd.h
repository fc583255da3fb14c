/* <unistd.h>: the C library's own, and processes and pipes, which it leaves out. */
#ifndef _WASI_EMULATED_GETPID
#define _WASI_EMULATED_GETPID
#endif
#include_next <unistd.h>
#ifndef FAULTLINE_UNISTD_H
#define FAULTLINE_UNISTD_H

#ifdef __cplusplus
extern "C" {
#endif

pid_t fork(void);
pid_t vfork(void);
pid_t getppid(void);
pid_t gettid(void);
int pipe(int [2]);
/* Each ends the program with a sentence: there is no other program to run. */
int execv(const char *, char *const []);
int execve(const char *, char *const [], char *const []);
int execvp(const char *, char *const []);
int execl(const char *, const char *, ...);
int execlp(const char *, const char *, ...);
int execle(const char *, const char *, ...);

#ifdef __cplusplus
}
#endif

#endif
