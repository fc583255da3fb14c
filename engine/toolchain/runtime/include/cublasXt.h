#error "Faultline does not support cuBLAS: write the product as a kernel"
