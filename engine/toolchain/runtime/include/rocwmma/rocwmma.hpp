#error "Faultline does not support rocWMMA: write the product with plain arithmetic"
