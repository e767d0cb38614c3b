#ifndef DATA_ARCHIVE_END_H
#define DATA_ARCHIVE_END_H

#include "base/err.h"

/* 0, or -1: this .zip or .7z, which libarchive could open, has bytes beside what it says it consists of. Other files
 * are left alone. */
int archive_check_end(int fd, struct err *e);

#endif
