#error "Faultline does not support tensor cores: use plain arithmetic"
