#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stddef.h>

/* What a process gives up before it reads foreign bytes, so that a library that is broken into can do little: by the
 * kernel's seccomp and Landlock, silently not where the kernel has neither or the program is watched (valgrind). There
 * is no way back, and children inherit it. */

/* No program is started, no connection made, no other process touched: for all threads of the process. */
void sandbox_programs(void);

/* Files are written, made and removed in these folders and below them alone (NULL ones are left out), beside what is
 * open already. Of this thread and those it starts: so before there are others. Reading stays as it was. */
void sandbox_writes(const char *const *folder, size_t n);

/* Nothing but computing, memory, and reading and writing what is open: everything else fails with EPERM. */
void sandbox_compute(void);

#endif
