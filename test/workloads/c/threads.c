/* Two threads add up what main gives them through a ring that a mutex guards. */
#include <pthread.h>
#include <stdio.h>

enum { ROOM = 4, COUNT = 100 };

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER, room = PTHREAD_COND_INITIALIZER;
static int ring[ROOM], first, filled;
static long total;
static _Thread_local int taken;

static void *consume(void *argument) {
    for (;;) {
        pthread_mutex_lock(&guard);
        while (filled == 0) pthread_cond_wait(&more, &guard);
        int value = ring[first];
        first = (first + 1) % ROOM;
        filled--;
        pthread_cond_signal(&room);
        if (value >= 0) {
            taken++;
            total += value;
        }
        pthread_mutex_unlock(&guard);
        if (value < 0) break;
    }
    *(int *)argument = taken;
    return NULL;
}

static void give(int value) {
    pthread_mutex_lock(&guard);
    while (filled == ROOM) pthread_cond_wait(&room, &guard);
    ring[(first + filled) % ROOM] = value;
    filled++;
    pthread_cond_signal(&more);
    pthread_mutex_unlock(&guard);
}

int main(void) {
    pthread_t consumers[2];
    int counts[2], count = COUNT;
    for (int n = 0; n < 2; n++) pthread_create(&consumers[n], NULL, consume, &counts[n]);
    for (int value = 0; value < count; value++) give(value);
    for (int n = 0; n < 2; n++) give(-1);
    pthread_join(consumers[0], NULL);
    pthread_join(consumers[1], NULL);
    printf("threads: %d values, sum %ld, main took %d\n", counts[0] + counts[1], total, taken);
    return counts[0] + counts[1] == COUNT && total == COUNT * (COUNT - 1) / 2 && taken == 0 ? 0 : 1;
}
