#error "Faultline does not support floats of 8 bits: use __half or __hip_bfloat16"
