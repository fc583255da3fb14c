#error "Faultline does not support rocSPARSE: write the product as a kernel"
