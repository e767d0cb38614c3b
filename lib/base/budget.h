#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* How much memory this process may take. The kernel holds it to that (RLIMIT_DATA: heap, stacks and private mappings),
 * so that no library can be made to take more: an allocation above it fails. Whoever is about to allocate what an input
 * asks for asks here first, and has a sentence that says what wanted how much; the rest is mem_fail's. */

/* Half of what the process may use: the least of the machine's memory, its control groups' limits and its own. */
size_t budget_default(void);

/* Sets the limit: 0 or -1. Before threads start, which inherit it. Under the address and thread sanitizers, whose own
 * mappings are larger than any memory, the kernel is not told: there the limit is only asked for. */
int budget_set(size_t bytes, struct err *e);
size_t budget_limit(void); /* SIZE_MAX before budget_set */
size_t budget_used(void);  /* what counts against it now; 0 where that is not known */

/* May `bytes` more be allocated? 0, or -1: "out of memory: <what> wants 30.0 GiB, more than ... (--max-memory)". */
int budget_ask(struct err *e, size_t bytes, const char *what, ...) __attribute__((format(printf, 3, 4)));
/* *e says that an allocation of `bytes` (0: not known) for `what` failed, and which option allows more. Returns -1. */
int budget_err(struct err *e, size_t bytes, const char *what, ...) __attribute__((format(printf, 3, 4)));
/* realloc of what an input asks for: NULL with *e set, old is as it was. */
void *budget_grow(void *old, size_t bytes, const char *what, struct err *e);

/* What this thread's small allocations are for from here on, "a list", so that budget_fail can say it: budget_err for
 * whoever mem_fail calls. Returns what it was before. The text is kept, not copied. */
const char *budget_for(const char *what);
int budget_fail(struct err *e, size_t bytes);
/* No limit any more: for the message of a program that ends. */
void budget_lift(void);

/* A number of bytes in words, "1.5 GiB"; buf holds BUDGET_TEXT bytes. */
#define BUDGET_TEXT 32
const char *budget_text(size_t bytes, char buf[BUDGET_TEXT]);
/* "500M", "2G", "1.5GiB", "800000000": bytes, K, M, G and T by 1024. 0 or -1. */
int budget_parse(const char *text, size_t *bytes, struct err *e);

#endif
