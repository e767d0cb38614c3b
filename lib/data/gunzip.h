#ifndef DATA_GUNZIP_H
#define DATA_GUNZIP_H

#include "base/file.h"

/* What is packed in a gzip file, of one part or several behind each other. The checksum and the length behind each part
 * are compared, which libarchive does not; bytes behind the last part, and an end inside one, are errors too. *s takes
 * over in, whose name it bears. */
void source_gunzip(struct source *s, struct source *in);

#endif
