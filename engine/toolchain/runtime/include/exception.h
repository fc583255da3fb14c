#ifndef FAULTLINE_EXCEPTION_H
#define FAULTLINE_EXCEPTION_H
#include <exception>
#include <stdexcept>
#include <stdlib.h>
#endif
