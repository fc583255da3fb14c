#error "Faultline does not support MIOpen: write the layer as a kernel"
