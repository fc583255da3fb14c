/* One case a run, named by the first argument: what fork, waitpid and pipes promise. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int global = 1;
static _Thread_local int own = 1;

static void status_of(pid_t child) {
    int status;
    pid_t found = waitpid(child, &status, 0);
    if (WIFEXITED(status)) printf("%d exited %d\n", found == child, WEXITSTATUS(status));
    if (WIFSIGNALED(status)) printf("%d killed %d\n", found == child, WTERMSIG(status));
}

static void copies(void) {
    int local = 1, *heap = malloc(1 << 20);
    heap[1000] = 1;
    pid_t child = fork();
    if (child == 0) {
        global = local = heap[1000] = own = 2;
        printf("child %d %d %d %d, parent is mine: %d\n", global, local, heap[1000], own, getppid() == getpid() - 1);
        exit(7);
    }
    status_of(child);
    printf("parent %d %d %d %d\n", global, local, heap[1000], own);
    printf("none left %d\n", wait(NULL) == -1 && errno == ECHILD);
}

static void crashes(void) {
    pid_t child = fork();
    if (child == 0) *(volatile int *)0 = 1;
    status_of(child);
    child = fork();
    if (child == 0) abort();
    status_of(child);
    child = fork();
    if (child == 0) {
        volatile int zero = 0;
        _exit(1 / zero);
    }
    status_of(child);
}

static int tree(int depth) {
    if (depth == 0) return 1;
    int sum = 0, status;
    for (int n = 0; n < 2; n++)
        if (fork() == 0) exit(tree(depth - 1));
    while (wait(&status) > 0) sum += WEXITSTATUS(status);
    return sum + 1;
}
static void trees(void) { printf("nodes %d\n", tree(3)); }

static void order(void) {
    printf("before\n");
    if (fork() == 0) {
        printf("child\n");
        exit(0);
    }
    printf("parent\n");
    wait(NULL);
    printf("after\n");
}

/* Nobody waits for it: it runs when its parent has ended. */
static void orphan(void) {
    if (fork() == 0) {
        printf("orphan of %d\n", getppid());
        exit(0);
    }
    printf("gone\n");
}

static void pipes(void) {
    int down[2], up[2], number, sum = 0;
    pipe(down);
    pipe(up);
    pid_t child = fork();
    if (child == 0) {
        close(down[1]);
        close(up[0]);
        while (read(down[0], &number, sizeof number) == sizeof number) {
            number *= 2;
            write(up[1], &number, sizeof number);
        }
        exit(3);
    }
    close(down[0]);
    close(up[1]);
    for (int i = 1; i <= 5; i++) {
        write(down[1], &i, sizeof i);
        read(up[0], &number, sizeof number);
        sum += number;
    }
    close(down[1]);
    printf("sum %d, end %d\n", sum, (int)read(up[0], &number, sizeof number));
    status_of(child);
}

/* More than a pipe holds, both ways. */
static void much(void) {
    int ends[2];
    long total = 0;
    static char chunk[10000];
    pipe(ends);
    if (fork() == 0) {
        for (int i = 0; i < 30; i++)
            for (long done = 0; done < (long)sizeof chunk;) done += write(ends[1], chunk, sizeof chunk - done);
        exit(0);
    }
    close(ends[1]);
    for (long got; (got = read(ends[0], chunk, sizeof chunk)) > 0;) total += got;
    printf("read %ld\n", total);
    wait(NULL);
    printf("broken %d\n", (pipe(ends), close(ends[0]), write(ends[1], chunk, 1) == -1 && errno == EPIPE));
}

static void polling(void) {
    int status, asked = 0;
    pid_t child = fork();
    if (child == 0) {
        usleep(1000);
        exit(4);
    }
    while (waitpid(child, &status, WNOHANG) == 0) asked = 1;
    printf("asked %d exited %d\n", asked, WEXITSTATUS(status));
}

static void files(void) {
    char text[4] = "";
    pid_t child = fork();
    if (child == 0) {
        read(0, text, 3);
        printf("child read %s\n", text);
        exit(0);
    }
    waitpid(child, NULL, 0);
    read(0, text, 3);
    printf("parent read %s\n", text);
}

static void *forks(void *argument) {
    pid_t child = fork();
    if (child == 0) {
        own = 5;
        printf("in a thread %d\n", own);
        exit(6);
    }
    status_of(child);
    return argument;
}
static void threads(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, forks, NULL);
    pthread_join(thread, NULL);
}

static void stuck(void) {
    int ends[2], byte;
    pipe(ends);
    if (fork() == 0) read(ends[0], &byte, 1);
    wait(NULL); /* deadlock: both hold the end that is written */
}

static void many(void) {
    int made = 0, status, sum = 0;
    while (made < 300 && fork() != -1) {
        if (getppid() != 1) exit(1);
        made++;
    }
    int again = errno == EAGAIN;
    while (wait(&status) > 0) sum += WEXITSTATUS(status);
    printf("%d %d %d\n", made, again, sum);
}

static void executes(void) { execv("/bin/true", NULL); }

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"copies", copies}, {"crashes", crashes}, {"tree", trees},     {"order", order},     {"orphan", orphan}, {"pipes", pipes},
    {"much", much},     {"polling", polling}, {"files", files},    {"threads", threads}, {"stuck", stuck},   {"many", many},
    {"exec", executes},
};

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (unsigned n = 0; n < sizeof cases / sizeof *cases; n++)
        if (strcmp(argv[1], cases[n].name) == 0) cases[n].run();
    return 0;
}
