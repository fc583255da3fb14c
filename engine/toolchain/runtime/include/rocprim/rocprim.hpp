#error "Faultline does not support rocPRIM: use cooperative groups, shuffles or atomics"
