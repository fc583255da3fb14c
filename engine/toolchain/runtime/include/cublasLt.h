#error "Faultline does not support this part of cuBLAS: use cublas_v2.h"
