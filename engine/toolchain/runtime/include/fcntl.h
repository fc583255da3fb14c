/* <fcntl.h> with O_DIRECT, which the C library lacks: it hands the flag to the engine as it is. */
#ifndef FAULTLINE_FCNTL_H
#define FAULTLINE_FCNTL_H

#include_next <fcntl.h>

#ifndef O_DIRECT
#define O_DIRECT 0x20
#endif

#endif
