/* <sys/ioctl.h>: requests to devices behind open files, as Linux has it. */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <linux/ioctl.h>

struct winsize {
    unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};

#define TIOCGWINSZ 0x5413
#define FIONREAD 0x541B
#define FIONBIO 0x5421

#ifdef __cplusplus
extern "C" {
#endif

/* What the request asks for; -1 and errno if that fails: EBADF, ENOTTY (nothing of this kind), and what the device says. */
int ioctl(int fd, unsigned long request, ...);

#ifdef __cplusplus
}
#endif

#endif
