/* <hmm_dmirror.h>: the test devices /dev/hmm_dmirror0 ... 3. Devices 0 and 1 have private memory, 2 and 3 coherent memory. Names and numbers
 * are those of the kernel's test driver, so that a program written for one works with the other.
 *
 * A device mirrors the process that opens it. Each command is an ioctl on the open file:
 *     struct hmm_dmirror_cmd cmd = {.addr = (uintptr_t)data, .ptr = (uintptr_t)buffer, .npages = pages};
 *     if (ioctl(fd, HMM_DMIRROR_READ, &cmd) == 0) printf("%llu pages, %llu faults\n", cmd.cpages, cmd.faults);
 */
#ifndef HMM_DMIRROR_H
#define HMM_DMIRROR_H

#include <linux/ioctl.h>
#include <linux/types.h>

struct hmm_dmirror_cmd {
    __u64 addr;   /* in: the first page, of whoever opened the device */
    __u64 ptr;    /* in: a buffer of the caller's for what the device reads, writes or says */
    __u64 npages; /* in: pages of 4 KiB; FLAGS: the flags */
    __u64 cpages; /* out: pages that were copied or moved; not set by a command that fails */
    __u64 faults; /* out: how often the device had to fault pages in */
};

#define HMM_DMIRROR_COMMAND(number) _IOWR('H', number, struct hmm_dmirror_cmd)

/* The device reads memory into ptr, or writes memory from ptr; it faults in what its page table lacks. */
#define HMM_DMIRROR_READ HMM_DMIRROR_COMMAND(0x00)
#define HMM_DMIRROR_WRITE HMM_DMIRROR_COMMAND(0x01)
/* Moves memory to the device and back; ptr gets the contents as the device has them. */
#define HMM_DMIRROR_MIGRATE_TO_DEV HMM_DMIRROR_COMMAND(0x02)
#define HMM_DMIRROR_MIGRATE_TO_SYS HMM_DMIRROR_COMMAND(0x03)
/* One byte a page, see HMM_DMIRROR_PROT_*; nothing is faulted in. */
#define HMM_DMIRROR_SNAPSHOT HMM_DMIRROR_COMMAND(0x04)
/* The device takes memory for itself until the CPU touches it; CHECK fails with EPERM while it has any of it. */
#define HMM_DMIRROR_EXCLUSIVE HMM_DMIRROR_COMMAND(0x05)
#define HMM_DMIRROR_CHECK_EXCLUSIVE HMM_DMIRROR_COMMAND(0x06)
/* Everything that is on the device, of any process, goes back to system memory. */
#define HMM_DMIRROR_RELEASE HMM_DMIRROR_COMMAND(0x07)
/* Sets the HMM_DMIRROR_FLAG_* in npages. */
#define HMM_DMIRROR_FLAGS HMM_DMIRROR_COMMAND(0x08)
/* READ, where the range fault takes the lock of the address space itself. */
#define HMM_DMIRROR_READ_UNLOCKABLE HMM_DMIRROR_COMMAND(0x09)

/* The next allocation of a huge page fails. */
#define HMM_DMIRROR_FLAG_FAIL_ALLOC (1ULL << 0)

/* A byte of a snapshot: a place, READ or WRITE, and PMD or PUD where the page is part of a larger one. WRITE means that it can be read, too. */
enum {
    HMM_DMIRROR_PROT_NONE = 0x00,  /* system memory; alone: nothing there that this device could reach */
    HMM_DMIRROR_PROT_READ = 0x01,
    HMM_DMIRROR_PROT_WRITE = 0x02,
    HMM_DMIRROR_PROT_PMD = 0x04,
    HMM_DMIRROR_PROT_PUD = 0x08,
    HMM_DMIRROR_PROT_ZERO = 0x10, /* the zero page */
    HMM_DMIRROR_PROT_DEV_PRIVATE_LOCAL = 0x20,
    HMM_DMIRROR_PROT_DEV_PRIVATE_REMOTE = 0x30,
    HMM_DMIRROR_PROT_DEV_COHERENT_LOCAL = 0x40,
    HMM_DMIRROR_PROT_DEV_COHERENT_REMOTE = 0x50,
    HMM_DMIRROR_PROT_ERROR = 0xFF /* no access is possible */
};

/* Kinds of a device's memory. */
enum { HMM_DMIRROR_MEMORY_DEVICE_PRIVATE = 1, HMM_DMIRROR_MEMORY_DEVICE_COHERENT = 2 };

#endif
