#error "Faultline does not support solvers of several devices: use cusolverDn.h"
