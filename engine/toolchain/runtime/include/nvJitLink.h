#error "Faultline does not support linking at run time: compile the kernel with the program"
