#error "Faultline does not support cuDNN: write the layer as a kernel"
