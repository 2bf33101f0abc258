// The system's zlib, whose input is declared const: it is only read.
#pragma once

#define ZLIB_CONST
#include <zlib.h>
