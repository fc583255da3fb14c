#error "Faultline does not support rocSOLVER: use hipsolver/hipsolver.h"
