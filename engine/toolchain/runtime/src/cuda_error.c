/* Errors of the CUDA runtime API. Source: CUDA Runtime API documentation, cudaError_t. */
#include "faultline_cuda.h"

static cudaError_t last_error;

/* What a kernel did to its context: nothing can be done with that but to reset the device. */
cudaError_t __faultline_context_error;

cudaError_t __faultline_result(cudaError_t error, const char *function) {
    if (error == cudaSuccess) error = __faultline_context_error;
    if (error == cudaSuccess || error == cudaErrorNotReady) return error;
    last_error = error;
    engine_api_error(error, function, cudaGetErrorName(error));
    return error;
}

cudaError_t __faultline_from_errno(int error) {
    switch (error) {
    case 0: return cudaSuccess;
    case ENOMEM: return cudaErrorMemoryAllocation;
    case ENODEV: return cudaErrorInvalidDevice;
    case ENOTSUP: return cudaErrorNotSupported;
    default: return cudaErrorInvalidValue;
    }
}

cudaError_t cudaGetLastError(void) {
    cudaError_t error = last_error;
    /* That of a context stays, once a call has given it. */
    last_error = error == __faultline_context_error ? error : cudaSuccess;
    return error;
}
cudaError_t cudaPeekAtLastError(void) { return last_error; }

#define ERROR(name, text) {name, #name, text}
static const struct {
    cudaError_t error;
    const char *name, *text;
} errors[] = {
    ERROR(cudaSuccess, "no error"),
    ERROR(cudaErrorInvalidValue, "invalid argument"),
    ERROR(cudaErrorMemoryAllocation, "out of memory"),
    ERROR(cudaErrorInitializationError, "initialization error"),
    ERROR(cudaErrorCudartUnloading, "driver shutting down"),
    ERROR(cudaErrorProfilerDisabled, "profiler disabled while using external profiling tool"),
    ERROR(cudaErrorInvalidConfiguration, "invalid configuration argument"),
    ERROR(cudaErrorInvalidPitchValue, "invalid pitch argument"),
    ERROR(cudaErrorInvalidSymbol, "invalid device symbol"),
    ERROR(cudaErrorInvalidHostPointer, "invalid host pointer"),
    ERROR(cudaErrorInvalidDevicePointer, "invalid device pointer"),
    ERROR(cudaErrorInvalidTexture, "invalid texture reference"),
    ERROR(cudaErrorInvalidMemcpyDirection, "invalid copy direction for memcpy"),
    ERROR(cudaErrorInsufficientDriver, "CUDA driver version is insufficient for CUDA runtime version"),
    ERROR(cudaErrorMissingConfiguration, "__global__ function call is not configured"),
    ERROR(cudaErrorInvalidDeviceFunction, "invalid device function"),
    ERROR(cudaErrorNoDevice, "no CUDA-capable device is detected"),
    ERROR(cudaErrorInvalidDevice, "invalid device ordinal"),
    ERROR(cudaErrorDeviceUninitialized, "invalid device context"),
    ERROR(cudaErrorMapBufferObjectFailed, "mapping of buffer object failed"),
    ERROR(cudaErrorNoKernelImageForDevice, "no kernel image is available for execution on the device"),
    ERROR(cudaErrorECCUncorrectable, "uncorrectable ECC error encountered"),
    ERROR(cudaErrorPeerAccessUnsupported, "peer access is not supported between these two devices"),
    ERROR(cudaErrorFileNotFound, "file not found"),
    ERROR(cudaErrorOperatingSystem, "OS call failed or operation not supported on this OS"),
    ERROR(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    ERROR(cudaErrorIllegalState, "the operation cannot be performed in the present state"),
    ERROR(cudaErrorSymbolNotFound, "named symbol not found"),
    ERROR(cudaErrorIllegalAddress, "an illegal memory access was encountered"),
    ERROR(cudaErrorLaunchOutOfResources, "too many resources requested for launch"),
    ERROR(cudaErrorLaunchTimeout, "the launch timed out and was terminated"),
    ERROR(cudaErrorPeerAccessAlreadyEnabled, "peer access is already enabled"),
    ERROR(cudaErrorPeerAccessNotEnabled, "peer access has not been enabled"),
    ERROR(cudaErrorSetOnActiveProcess, "cannot set while device is active in this process"),
    ERROR(cudaErrorAssert, "device-side assert triggered"),
    ERROR(cudaErrorHostMemoryAlreadyRegistered, "part or all of the requested memory range is already mapped"),
    ERROR(cudaErrorHostMemoryNotRegistered, "pointer does not correspond to a registered memory region"),
    ERROR(cudaErrorMisalignedAddress, "misaligned address"),
    ERROR(cudaErrorLaunchFailure, "unspecified launch failure"),
    ERROR(cudaErrorCooperativeLaunchTooLarge, "too many blocks in cooperative launch"),
    ERROR(cudaErrorNotPermitted, "operation not permitted"),
    ERROR(cudaErrorNotSupported, "operation not supported"),
    ERROR(cudaErrorStreamCaptureUnsupported, "operation not permitted when stream is capturing"),
    ERROR(cudaErrorStreamCaptureInvalidated, "operation failed due to a previous error during capture"),
    ERROR(cudaErrorStreamCaptureUnmatched, "capture was not initiated in this stream"),
    ERROR(cudaErrorTimeout, "wait operation timed out"),
    ERROR(cudaErrorGraphExecUpdateFailure, "the graph update was not performed because it included changes which violated constraints specific to instantiated graph update"),
    ERROR(cudaErrorUnknown, "unknown error"),
    ERROR(cudaErrorNotReady, "device not ready"),
};

const char *cudaGetErrorName(cudaError_t error) {
    for (size_t n = 0; n < sizeof errors / sizeof *errors; n++)
        if (errors[n].error == error) return errors[n].name;
    return "unrecognized error code";
}
const char *cudaGetErrorString(cudaError_t error) {
    for (size_t n = 0; n < sizeof errors / sizeof *errors; n++)
        if (errors[n].error == error) return errors[n].text;
    return "unrecognized error code";
}
