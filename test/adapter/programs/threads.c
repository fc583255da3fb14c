// Two threads add up numbers of their own; main waits for both.
#include <pthread.h>

static int sum(int count)
{
    int total = 0;
    for (int n = 1; n <= count; n++)
        total += n;
    return total;
}

static void *add(void *argument)
{
    int *number = argument;
    int total = sum(*number);
    *number = total;
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    int numbers[2] = {10, 20};
    for (int n = 0; n < 2; n++)
        pthread_create(&threads[n], NULL, add, &numbers[n]);
    for (int n = 0; n < 2; n++)
        pthread_join(threads[n], NULL);
    return numbers[0] == 55 && numbers[1] == 210 ? 0 : 1;
}
