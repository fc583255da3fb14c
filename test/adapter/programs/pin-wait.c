// A thread reads a page that main has pinned on the first device.
#include <hmm.h>
#include <pthread.h>
#include <stdlib.h>

static int *value;

static void *read_value(void *result)
{
    *(int *)result = *value;
    return NULL;
}

int main(void)
{
    value = aligned_alloc(4096, 4096);
    *value = 7;
    if (hmm_pin_device(value, 4096, 0) != 0)
        return 1;
    pthread_t reader;
    int result = 0;
    pthread_create(&reader, NULL, read_value, &result);
    sched_yield();
    hmm_unpin_device(value, 4096);
    pthread_join(reader, NULL);
    return result == 7 ? 0 : 1;
}
