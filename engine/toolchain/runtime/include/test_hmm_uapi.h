/* The name under which the kernel's own programs include <hmm_dmirror.h>. */
#include <hmm_dmirror.h>
