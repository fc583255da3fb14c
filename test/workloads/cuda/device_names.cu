// What runs here, by three interfaces: the runtime's, the driver's and NVML; they agree.
#include <cstdio>
#include <cstring>
#include <cuda.h>
#include <cuda_runtime.h>
#include <nvml.h>

int main()
{
    int count = 0, wrong = 0;
    unsigned managed = 0;
    wrong += cuInit(0) != CUDA_SUCCESS || cuDeviceGetCount(&count) != CUDA_SUCCESS || count < 1;
    wrong += nvmlInit() != NVML_SUCCESS || nvmlDeviceGetCount(&managed) != NVML_SUCCESS || (int)managed != count;
    for (int n = 0; n < count; n++) {
        cudaDeviceProp properties;
        cudaGetDeviceProperties(&properties, n);
        char name[256], bus[32];
        size_t bytes = 0;
        CUdevice device;
        wrong += cuDeviceGet(&device, n) != CUDA_SUCCESS || cuDeviceGetName(name, sizeof name, device) != CUDA_SUCCESS;
        wrong += strcmp(name, properties.name) != 0;
        wrong += cuDeviceTotalMem(&bytes, device) != CUDA_SUCCESS || bytes != properties.totalGlobalMem;
        int threads = 0, major = 0, minor = 0;
        wrong += cuDeviceGetAttribute(&threads, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, device) != CUDA_SUCCESS || threads != properties.maxThreadsPerBlock;
        wrong += cuDeviceComputeCapability(&major, &minor, device) != CUDA_SUCCESS || major != properties.major || minor != properties.minor;
        nvmlDevice_t handle;
        nvmlMemory_t memory;
        unsigned mhz = 0, watts;
        wrong += cudaDeviceGetPCIBusId(bus, sizeof bus, n) != cudaSuccess;
        wrong += nvmlDeviceGetHandleByPciBusId(bus, &handle) != NVML_SUCCESS || nvmlDeviceGetName(handle, name, sizeof name) != NVML_SUCCESS;
        wrong += strcmp(name, properties.name) != 0;
        wrong += nvmlDeviceGetMemoryInfo(handle, &memory) != NVML_SUCCESS || memory.free + memory.used != memory.total;
        wrong += nvmlDeviceGetClockInfo(handle, NVML_CLOCK_SM, &mhz) != NVML_SUCCESS || mhz != (unsigned)properties.clockRate / 1000;
        (void)nvmlDeviceGetPowerUsage(handle, &watts);
    }
    CUdevice none;
    wrong += cuDeviceGet(&none, count) != CUDA_ERROR_INVALID_DEVICE || cuCtxSynchronize() != CUDA_SUCCESS;
    nvmlShutdown();
    printf("device_names: %d wrong\n", wrong);
    return wrong != 0;
}
