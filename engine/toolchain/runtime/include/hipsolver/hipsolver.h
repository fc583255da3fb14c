#error "Faultline does not support hipSOLVER: solve on the host, or write the solver as a kernel"
