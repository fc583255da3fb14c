#error "Faultline does not support the host interface of rocRAND: use curand_kernel.h in a kernel, or <random> on the host"
