#error "Faultline does not support RCCL: copy between devices with hipMemcpyPeer"
