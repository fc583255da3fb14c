#error "Faultline does not support NPP: write the filter as a kernel"
