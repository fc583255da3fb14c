#error "Faultline does not support hipFFT: write the transform as a kernel"
