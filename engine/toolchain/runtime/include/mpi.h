#error "Faultline does not support MPI: use one process with several devices"
