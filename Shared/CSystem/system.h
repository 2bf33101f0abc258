// The parts of the C library that Swift's Glibc module leaves out.
// Header-only: nothing here is compiled as C.
#pragma once

#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#endif
