#error "Faultline does not support hipBLASLt: use hipblas/hipblas.h"
