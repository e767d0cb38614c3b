#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/* What a process gives up before it reads foreign bytes, so that a library that is broken into can do little: by the
 * kernel's seccomp and Landlock, silently not where the kernel has neither or the program is watched (valgrind). There
 * is no way back, and children inherit it. */

/* No program is started, no connection made, no other process touched: for all threads of the process. */
void sandbox_programs(void);

/* Files are written, made and removed at the places that say so and below them alone, and read at these places alone,
 * unless they may be read anywhere; beside what is open already. What is not there is left out. Of this thread and
 * those it starts: so before there are others. */
struct sandbox_place {
	const char *path; /* a file or a folder */
	bool write;
};
void sandbox_files(const struct sandbox_place *place, size_t n, bool anywhere);

/* Nothing but computing, memory, and reading and writing what is open: everything else fails with EPERM. */
void sandbox_compute(void);

#endif
