/* Mappings and fork: what is shared is seen by both, what is private by its owner. */
#include "check.h"
#include <sys/wait.h>

static void wait_for(pid_t child) {
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(void) {
    volatile int *shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *private = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = open("fork.txt", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(ftruncate(fd, 2 * PAGE) == 0);
    char *file = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *copy = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    memset(private, 1, 3 * PAGE);
    CHECK(madvise(private + PAGE, PAGE, MADV_WIPEONFORK) == 0);
    CHECK(madvise(private + 2 * PAGE, PAGE, MADV_DONTFORK) == 0);
    strcpy(file, "parent");
    CHECK(strcmp(copy, "parent") == 0);
    copy[PAGE] = 7;
    shared[0] = 1;
    pid_t child = fork();
    if (child == 0) {
        unsigned char in;
        failures = 0;
        CHECK(shared[0] == 1 && private[0] == 1 && private[PAGE] == 0 && strcmp(file, "parent") == 0 && copy[PAGE] == 7);
        FAILS(mincore(private + 2 * PAGE, PAGE, &in), ENOMEM);
        shared[0] = 2;
        shared[PAGE / 4] = 3;
        private[0] = 9;
        copy[PAGE] = 8;
        strcpy(file, "child");
        strcpy(file + PAGE, "second");
        char text[6];
        CHECK(pread(fd, text, 6, 0) == 6 && strcmp(text, "child") == 0);
        for (int turn = 0; turn < 10; turn++) {
            while (shared[1] != 2 * turn + 1) {}
            shared[1] = 2 * turn + 2;
        }
        _exit(failures);
    }
    /* Each waits for what the other writes. */
    for (int turn = 0; turn < 10; turn++) {
        shared[1] = 2 * turn + 1;
        while (shared[1] != 2 * turn + 2) {}
    }
    wait_for(child);
    CHECK(shared[0] == 2 && shared[PAGE / 4] == 3 && private[0] == 1 && private[PAGE] == 1 && copy[PAGE] == 7);
    CHECK(strcmp(file, "child") == 0 && strcmp(file + PAGE, "second") == 0 && strcmp(copy, "child") == 0);
    child = fork();
    if (child == 0) {
        /* Left to the end of the process. */
        strcpy(file, "grand");
        char *late = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
        strcpy(late, "late");
        return strcmp(file + PAGE, "late");
    }
    wait_for(child);
    CHECK(strcmp(file, "grand") == 0 && strcmp(file + PAGE, "late") == 0);
    return failures != 0;
}
