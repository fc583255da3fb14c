/* Processes over the engine (execution/processes.ts): fork, waiting for children, pipes. */
#include "faultline.h"
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0 in the child, its number in the parent, or an errno's negative. */
ENGINE("fork") int engine_fork(void);
/* A child that has ended, 0 if none has and `options` say not to wait, or an errno's negative. */
ENGINE("wait_child") int engine_wait_child(int process, int *status, int options);
ENGINE("process_id") int engine_process_id(int parent);
ENGINE("thread_self") int engine_thread_self(void);
/* An errno or 0. */
ENGINE("pipe") int engine_pipe(int *ends);

static int result_of(int result) {
    if (result >= 0) return result;
    errno = -result;
    return -1;
}

pid_t fork(void) { return result_of(engine_fork()); }
pid_t vfork(void) { return fork(); }
pid_t waitpid(pid_t process, int *status, int options) {
    int ignored;
    return result_of(engine_wait_child(process, status ? status : &ignored, options));
}
pid_t wait(int *status) { return waitpid(-1, status, 0); }
pid_t getpid(void) { return engine_process_id(0); }
pid_t getppid(void) { return engine_process_id(1); }
/* Main's number is its process's; others have one that no process has. */
pid_t gettid(void) {
    int self = engine_thread_self();
    return self == 1 ? getpid() : getpid() * 10000 + self;
}
int pipe(int ends[2]) { return result_of(-engine_pipe(ends)); }

#define REFUSED(name) engine_stop(name " is not supported: there is no other program to run")
int execv(const char *path, char *const arguments[]) { REFUSED("execv"); }
int execve(const char *path, char *const arguments[], char *const environment[]) { REFUSED("execve"); }
int execvp(const char *path, char *const arguments[]) { REFUSED("execvp"); }
int execl(const char *path, const char *argument, ...) { REFUSED("execl"); }
int execlp(const char *path, const char *argument, ...) { REFUSED("execlp"); }
int execle(const char *path, const char *argument, ...) { REFUSED("execle"); }
