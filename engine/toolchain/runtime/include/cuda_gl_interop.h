#error "Faultline does not support OpenGL: copy the buffer with cudaMemcpy"
