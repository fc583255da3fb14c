#error "Faultline does not support hipSPARSE: write the product as a kernel"
