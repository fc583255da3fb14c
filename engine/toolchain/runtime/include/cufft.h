#error "Faultline does not support cuFFT: write the transform as a kernel"
