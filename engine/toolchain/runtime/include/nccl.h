#error "Faultline does not support NCCL: use cudaMemcpyPeer"
