#error "Faultline does not support rocSOLVER: solve on the host, or write the solver as a kernel"
