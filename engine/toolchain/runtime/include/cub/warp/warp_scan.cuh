#include <cub/detail/block.h>
