/* <hmm.h>: what no language says about placement. Each call is a request to the engine; natively they do nothing. */
#include "faultline.h"
#include <errno.h>
#include <hmm.h>

ENGINE("hmm_name") void engine_hmm_name(uintptr_t address, size_t bytes, const char *name);
ENGINE("hmm_phase") void engine_hmm_phase(const char *name);
ENGINE("hmm_expect") void engine_hmm_expect(uintptr_t address, size_t bytes, int node);

ENGINE("advise") int engine_advise(uintptr_t address, size_t bytes, int advice, int location);

ENGINE("hmm_pin_device") int engine_hmm_pin_device(uintptr_t address, size_t bytes, int device);
ENGINE("hmm_unpin_device") int engine_hmm_unpin_device(uintptr_t address, size_t bytes);

ENGINE("hmm_map_dax") int engine_map_dax(size_t bytes);
ENGINE("hmm_dax_file") int engine_dax_file(int fd);

void *hmm_map_dax(size_t bytes) {
    int address = engine_map_dax(bytes);
    if (address >= 0 || address < -4095) return (void *)address;
    errno = -address;
    return NULL;
}

int hmm_dax_file(int fd) {
    int error = engine_dax_file(fd);
    if (error == 0) return 0;
    errno = -error;
    return -1;
}

void hmm_name(const void *range, size_t bytes, const char *name) { engine_hmm_name((uintptr_t)range, bytes, name); }
void hmm_phase(const char *name) { engine_hmm_phase(name); }
void hmm_expect_resident(const void *range, size_t bytes, int node) { engine_hmm_expect((uintptr_t)range, bytes, node); }
int hmm_prefetch(const void *range, size_t bytes, int node) { return engine_prefetch((uintptr_t)range, bytes, node); }
int hmm_advise(const void *range, size_t bytes, enum hmm_advice advice, int node) {
    return engine_advise((uintptr_t)range, bytes, advice, node);
}
int hmm_pin_device(const void *range, size_t bytes, int device) { return engine_hmm_pin_device((uintptr_t)range, bytes, device); }
int hmm_unpin_device(const void *range, size_t bytes) { return engine_hmm_unpin_device((uintptr_t)range, bytes); }
size_t hmm_residency(const void *range, size_t bytes, int node) { return engine_residency((uintptr_t)range, bytes, node); }
