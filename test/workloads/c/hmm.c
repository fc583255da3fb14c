// Plain C that steers placement with <hmm.h>: it names a range, marks phases, sends the range to the first device, touches half of
// it from the CPU and asks where the bytes are. A driver that never migrates may leave everything in system memory; what must
// hold under every driver is checked, so the output is the same under all of them.
#include <hmm.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE 4096
/* Several of the 2 MiB that some drivers move at once. */
#define PAGES 2048
#define VALUES 64

static int failures;

static void require(int holds, const char *what)
{
    if (!holds) {
        printf("hmm: not true: %s\n", what);
        failures++;
    }
}

int main(void)
{
    const size_t size = PAGES * PAGE;
    unsigned char *samples = aligned_alloc(PAGE, size);
    if (samples == NULL) {
        printf("hmm: out of memory\n");
        return 1;
    }
    hmm_name(samples, size, "samples");

    hmm_phase("fill");
    for (size_t i = 0; i < size; i++)
        samples[i] = (unsigned char)(i / PAGE % VALUES);
    hmm_expect_resident(samples, size, HMM_NODE_CPU);
    require(hmm_residency(samples, size, HMM_NODE_CPU) == size, "what the CPU wrote is in system memory");
    require(hmm_residency(samples, size, 0) == 0, "nothing is on the device before it is sent there");

    hmm_phase("send");
    hmm_prefetch(samples, size, 0);
    size_t sent = hmm_residency(samples, size, 0);
    require(sent == size || sent == 0, "a prefetch moves all of the range, or nothing where pages never move");
    require(sent + hmm_residency(samples, size, HMM_NODE_CPU) == size, "every byte is in one place");

    hmm_phase("use half");
    unsigned sum = 0;
    for (size_t i = 0; i < size / 2; i++)
        sum += samples[i];
    require(sum == PAGE * (PAGES / 2 / VALUES) * (VALUES * (VALUES - 1) / 2), "the bytes are unchanged");
    hmm_expect_resident(samples, size / 2, HMM_NODE_CPU);
    require(hmm_residency(samples, size / 2, HMM_NODE_CPU) == size / 2, "what the CPU read is in system memory again");
    require(hmm_residency(samples + size / 4 * 3, size / 4, 0) == sent / 4, "what is far from that stayed where it was");

    hmm_phase("bring back");
    hmm_prefetch(samples, size, HMM_NODE_CPU);
    require(hmm_residency(samples, size, HMM_NODE_CPU) == size, "everything is back in system memory");

    printf("hmm: %d checks failed\n", failures);
    free(samples);
    return failures == 0 ? 0 : 1;
}
