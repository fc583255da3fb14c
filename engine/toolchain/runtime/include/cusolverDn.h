#error "Faultline does not support cuSOLVER: solve on the host, or write the solver as a kernel"
