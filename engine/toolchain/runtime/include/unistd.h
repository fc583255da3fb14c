/*
 * <unistd.h> with processes, groups and pipes, which the C library leaves out, and for both sides of CUDA: the C library declares some functions in
 * several headers, and a declaration for host and device must not meet one for the host alone.
 */
#ifndef _WASI_EMULATED_GETPID
#define _WASI_EMULATED_GETPID
#endif
#ifdef __CUDA__
#pragma clang force_cuda_host_device begin
#endif
#include_next <unistd.h>
#ifdef __CUDA__
#pragma clang force_cuda_host_device end
#endif
#ifndef FAULTLINE_UNISTD_H
#define FAULTLINE_UNISTD_H

/* Linux's numbers, which the C library leaves out. */
#ifndef _SC_NPROCESSORS_ONLN
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84
#define _SC_PHYS_PAGES 85
#define _SC_AVPHYS_PAGES 86
#endif

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
