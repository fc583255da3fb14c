#error "Faultline does not support NVSHMEM: use one process with several devices"
