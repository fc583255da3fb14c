#include <cub/detail/device.h>
