#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Library code never prints and never exits: a function that can fail takes a struct err, fills it with one
 * line (lower case, no full stop, no tool name: cmd/ adds that) and returns -1 or NULL. */
struct err {
	char text[1024];
};

/* Both return -1, so that a caller can write `return err_set(e, ...)`. Control bytes are replaced by '?'.
 * err_errno appends ": " and the text of errno. e may be NULL: the text is dropped. */
int err_set(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
int err_errno(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "<prefix>: " before the text that is there; returns -1. */
int err_prefix(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
