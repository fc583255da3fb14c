#error "Faultline does not support rocFFT: write the transform as a kernel"
