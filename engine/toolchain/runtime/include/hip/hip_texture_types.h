#error "Faultline does not support textures: read the array through a pointer"
