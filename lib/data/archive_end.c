/* Where a .zip and a .7z end by their own word: bytes that they do not speak of, as of a second archive in the same
 * file, would be lost without one. */
#include "data/archive_end.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"

/* APPNOTE 4.3.16: the last record of a .zip, and the longest comment behind it. 4.3.14, 4.3.15: what is before it when
 * there are more files or bytes than its fields can say. */
enum { END = 22, COMMENT_MAX = 65535, LOCATOR = 20, END64 = 56 };

/* Where the directory ends that the last record, at byte `at` of the file, speaks of; -1: it speaks of none. */
static int64_t directory_end(int fd, const unsigned char *end, int64_t at)
{
	unsigned char locator[LOCATOR], end64[END64];
	uint64_t size = num_get32(end + 12), offset = num_get32(end + 16);

	if (size != UINT32_MAX && offset != UINT32_MAX && num_get16(end + 10) != UINT16_MAX)
		return (int64_t)(offset + size);
	if (pread(fd, locator, LOCATOR, at - LOCATOR) != LOCATOR || memcmp(locator, "PK\6\7", 4))
		return (int64_t)(offset + size);
	if (pread(fd, end64, END64, (off_t)num_get64(locator + 8)) != END64 || memcmp(end64, "PK\6\6", 4))
		return -1;
	/* the records of the large form stand between the directory and the last one */
	return num_get64(end64 + 40) + num_get64(end64 + 48) == num_get64(locator + 8) ? at : -1;
}

static int zip_end(int fd, int64_t size, struct err *e)
{
	int64_t from = size > END + COMMENT_MAX ? size - END - COMMENT_MAX : 0;
	unsigned char *tail = xmalloc(END + COMMENT_MAX);
	ssize_t n = pread(fd, tail, (size_t)(size - from), from);
	bool found = false, whole = false;

	for (ssize_t at = n - END; at >= 0 && !found; at--)
		if (!memcmp(tail + at, "PK\5\6", 4) && at + END + num_get16(tail + at + 20) == n) {
			found = true;
			whole = directory_end(fd, tail + at, from + at) == from + at;
		}
	free(tail);
	if (!found)
		return err_set(e, "damaged: bytes behind the end of the zip archive");
	return whole ? 0 : err_set(e, "damaged: bytes that do not belong to the zip archive: are there two in the file?");
}

static int seven_end(const unsigned char *head, int64_t size, struct err *e)
{
	uint64_t offset = num_get64(head + 12), n = num_get64(head + 20);

	return offset + n + 32 == (uint64_t)size ? 0 : err_set(e, "damaged: bytes behind the end of the 7z archive");
}

int archive_check_end(int fd, struct err *e)
{
	unsigned char head[32] = "";
	struct stat st;

	if (fstat(fd, &st) || pread(fd, head, sizeof head, 0) < 4)
		return 0;
	if (!memcmp(head, "PK\3\4", 4))
		return zip_end(fd, st.st_size, e);
	return memcmp(head, "7z\xbc\xaf\x27\x1c", 6) ? 0 : seven_end(head, st.st_size, e);
}
