#error "Faultline does not support this part of cuFFT: use cufft.h"
