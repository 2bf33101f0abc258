// The parts of the C library that Swift's Glibc module leaves out.
// Header-only: nothing here is compiled as C.
#pragma once

#ifdef __linux__
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#endif
