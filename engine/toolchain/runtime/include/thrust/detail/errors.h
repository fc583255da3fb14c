/* Errors as Thrust says them. */
#ifndef FAULTLINE_THRUST_ERRORS_H
#define FAULTLINE_THRUST_ERRORS_H
#include "base.h"
#include <stdexcept>
#include <string>
namespace thrust {
struct cuda_category_of {};
inline cuda_category_of cuda_category() { return {}; }
class system_error : public std::runtime_error {
  public:
    system_error(int code, cuda_category_of) : std::runtime_error(cudaGetErrorString((cudaError_t)code)) {}
    system_error(int code, cuda_category_of, const char *what) : std::runtime_error(std::string(what) + ": " + cudaGetErrorString((cudaError_t)code)) {}
};
namespace system { using thrust::cuda_category; using thrust::system_error; }
} // namespace thrust
#endif
