#error "Faultline does not support sparse solvers of cuSOLVER: use cusolverDn.h, or write the solver as a kernel"
