#error "Faultline does not support compilation at run time: compile the kernel with the program"
