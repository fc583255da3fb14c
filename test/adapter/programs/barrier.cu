// Two threads exchange values through shared memory, with a barrier in between.
__global__ void exchange(int *values)
{
    __shared__ int tile[2];
    tile[threadIdx.x] = values[threadIdx.x];
    __syncthreads();
    int other = tile[1 - threadIdx.x];
    __syncthreads();
    values[threadIdx.x] = other;
}

int main()
{
    int *values;
    cudaMallocManaged(&values, 2 * sizeof(int));
    values[0] = 10;
    values[1] = 20;
    exchange<<<1, 2>>>(values);
    cudaDeviceSynchronize();
    return values[0] == 20 && values[1] == 10 ? 0 : 1;
}
