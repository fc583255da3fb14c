/* <unistd.h>: the C library's own, and processes, groups and pipes, which it leaves out. */
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
/* Never rings: see <signal.h>. */
unsigned alarm(unsigned);
int pause(void);
/* Each process is a group of its own, and everybody is root. */
int setpgid(pid_t, pid_t);
int setpgrp(void);
pid_t getpgrp(void);
pid_t getpgid(pid_t);
pid_t setsid(void);
unsigned getuid(void);
unsigned geteuid(void);
unsigned getgid(void);
unsigned getegid(void);
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
