// Writes to a page that a child process shares since it was made.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int *value = aligned_alloc(4096, 4096);
    *value = 1;
    pid_t child = fork();
    if (child == 0)
        _exit(*value);
    *value = 2;
    int status;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status) == 1 && *value == 2 ? 0 : 1;
}
