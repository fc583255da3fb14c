#error "Faultline does not support rocFFT: use hipfft/hipfft.h"
