#ifndef FUZZ_REACHED_H
#define FUZZ_REACHED_H

#include <stddef.h>

/* How often a target came to where what was read is looked at, past magic numbers, checksums and heads. Where none of
 * its seeds does, replay.c fails: what is fuzzed is the gate then, not the parser. One for the program, wherever it is
 * included. */
__attribute__((weak)) size_t fuzz_reached;

#endif
