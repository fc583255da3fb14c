#error "Faultline does not support cuSPARSE: write the product as a kernel"
