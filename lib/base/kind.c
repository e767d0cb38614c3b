/* Kinds of files by their first bytes: who is handed the wrong one says what it is, not that byte 9 is no brace. */
#include "base/kind.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

#define IMAGES    "cxr-prep reads images (cxr-prep FILE)"
#define ARCHIVES  "cxr-list lists the images in it"
#define WEIGHTS   "cxr-model import makes a model of weights"
#define CONVERT   "convert it to PNG"
#define UNPACK    "unpack it first"
#define AS_CSV    "save the table as CSV"
#define SAVED     "perhaps a page that was saved in place of the file"

/* ---- by magic numbers */

static const struct magic {
	int at, n;
	const char *bytes;
	struct kind kind;
} magics[] = {
	{0, 8, "\x89PNG\r\n\x1a\n", {"a PNG image", IMAGES}},
	{0, 3, "\xff\xd8\xff", {"a JPEG image", IMAGES}},
	{0, 6, "GIF87a", {"a GIF image", IMAGES}},
	{0, 6, "GIF89a", {"a GIF image", IMAGES}},
	{128, 4, "DICM", {"a DICOM file", IMAGES}}, /* before TIFF: a preamble may be one */
	{0, 4, "II*\0", {"a TIFF image", IMAGES}},
	{0, 4, "MM\0*", {"a TIFF image", IMAGES}},
	{0, 4, "II+\0", {"a TIFF image", IMAGES}},
	{0, 4, "MM\0+", {"a TIFF image", IMAGES}},
	{8, 4, "WEBP", {"a WebP image", IMAGES}},
	{0, 3, "P5\n", {"a PGM image", IMAGES}},
	{0, 3, "P5 ", {"a PGM image", IMAGES}},
	{0, 3, "P6\n", {"a PPM image", IMAGES}},
	{0, 3, "P6 ", {"a PPM image", IMAGES}},
	{0, 6, "\x93NUMPY", {"a NumPy array", "cxr-prep reads arrays of pixels (cxr-prep FILE)"}},
	{4, 4, "jP  ", {"a JPEG 2000 image", CONVERT}},
	{0, 4, "\xff\x4f\xff\x51", {"a JPEG 2000 image", CONVERT}},
	{4, 8, "ftypheic", {"a HEIF image", CONVERT}},
	{4, 8, "ftypheix", {"a HEIF image", CONVERT}},
	{4, 8, "ftypmif1", {"a HEIF image", CONVERT}},
	{4, 8, "ftypavif", {"an AVIF image", CONVERT}},
	{4, 4, "ftyp", {"a video", NULL}},
	{0, 4, "8BPS", {"a Photoshop image", CONVERT}},
	{0, 4, "\x5c\x01\0\0", {"a NIfTI volume", NULL}},
	{0, 4, "\0\0\x01\x5c", {"a NIfTI volume", NULL}},
	{257, 5, "ustar", {"a tar archive", ARCHIVES}},
	{0, 6, "7z\xbc\xaf\x27\x1c", {"a 7z archive", ARCHIVES}},
	{0, 4, "Rar!", {"a RAR archive", UNPACK}},
	{0, 3, "\x1f\x8b\x08", {"a gzip file", UNPACK}},
	{0, 4, "\x28\xb5\x2f\xfd", {"a Zstandard file", UNPACK}},
	{0, 6, "\xfd" "7zXZ\0", {"an xz file", UNPACK}},
	{0, 3, "BZh", {"a bzip2 file", UNPACK}},
	{0, 8, "\x89HDF\r\n\x1a\n", {"an HDF5 file", WEIGHTS}},
	{2, 9, "\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a", {"a file of torch.save", WEIGHTS}}, /* what its oldest form begins with */
	{0, 4, "GGUF", {"a GGUF file", NULL}},
	{8, 4, "TFL3", {"a TensorFlow Lite model", NULL}},
	{0, 16, "SQLite format 3\0", {"an SQLite database", AS_CSV}},
	{0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {"an Office document", AS_CSV}},
	{0, 4, "PAR1", {"a Parquet table", AS_CSV}},
	{0, 4, "\x7f" "ELF", {"a program", NULL}},
	{0, 2, "\xff\xfe", {"text in UTF-16", "save it as UTF-8"}},
	{0, 2, "\xfe\xff", {"text in UTF-16", "save it as UTF-8"}},
};

/* "BM" alone may begin anything: its reserved bytes are 0. */
static bool is_bmp(const unsigned char *b, size_t n)
{
	return n > 14 && !memcmp(b, "BM", 2) && !memcmp(b + 6, "\0\0\0\0", 4);
}

/* A zip by the name of its first member. */
static const struct kind *zip_kind(const unsigned char *b, size_t n)
{
	static const struct {
		const char *part;
		struct kind kind;
	} member[] = {
		{"data.pkl", {"a file of torch.save", WEIGHTS}},
		{".npy", {"an .npz file", "cxr-list lists arrays of pixels in it, cxr-model import reads weights"}},
		{"[Content_Types]", {"an Excel or Office document", AS_CSV}},
		{"_rels/", {"an Excel or Office document", AS_CSV}},
		{"mimetype", {"an OpenDocument file", AS_CSV}},
		{"META-INF/", {"a Java archive", NULL}},
	};
	static const struct kind zip = {"a ZIP archive", ARCHIVES};
	size_t length = n > 28 ? b[26] | (size_t)b[27] << 8 : 0;

	if (n < 4 || memcmp(b, "PK", 2) || (memcmp(b + 2, "\3\4", 2) && memcmp(b + 2, "\5\6", 2)))
		return NULL;
	for (size_t i = 0; i < sizeof member / sizeof *member; i++)
		if (length && 30 + length <= n && memmem(b + 30, length, member[i].part, strlen(member[i].part)))
			return &member[i].kind;
	return &zip;
}

bool kind_is_record(const unsigned char *b, size_t n)
{
	return n > 8 && b[8] == '{' && num_get64(b) <= 100000000;
}

/* Keys of metadata are sorted: "cxr" stands before what is long. */
static const struct kind *record_kind_of(const unsigned char *b, size_t n)
{
	static const struct kind stream = {"a tensor stream", "cxr-infer, cxr-cam, cxr-train and cxr-show read streams"},
	                         model = {"a model", "models are named with -m"},
	                         other = {"a safetensors file", WEIGHTS};

	if (!kind_is_record(b, n))
		return NULL;
	return memmem(b, n, "\"cxr\":\"head\"", 12) ? &stream : memmem(b, n, "\"cxr\":\"net\"", 11) ? &model : &other;
}

/* ---- text */

bool kind_is_text(const unsigned char *b, size_t n)
{
	for (size_t i = 0; i < n && i < KIND_PEEK; i++)
		if (b[i] < ' ' && (b[i] == 0 || !strchr("\t\n\r\f\033", b[i])))
			return false;
	return n > 0;
}

static bool begins(const char *text, size_t n, const char *with)
{
	size_t k = strlen(with);

	return n >= k && !strncasecmp(text, with, k);
}

/* JSON, not a path in braces. */
static bool is_json(const char *s, size_t n)
{
	size_t k = 1;

	while (k < n && strchr(" \t\r\n", s[k]))
		k++;
	if (k >= n || (s[0] != '{' && s[0] != '['))
		return false;
	return strchr(s[0] == '{' ? "\"}" : "{[\"]-0123456789", s[k]) && (s[0] == '{' || !memchr(s, '/', n));
}

/* Text with a grammar of its own. */
static const struct kind *markup(const char *s, size_t n)
{
	static const struct {
		const char *begin;
		struct kind kind;
	} known[] = {
		{"<!doctype html", {"an HTML page", SAVED}},
		{"<html", {"an HTML page", SAVED}},
		{"<head", {"an HTML page", SAVED}},
		{"<svg", {"an SVG image", CONVERT}},
		{"<?xml", {"an XML file", NULL}},
		{"{\\rtf", {"an RTF document", "save it as plain text"}},
		{"%PDF-", {"a PDF document", NULL}},
		{"%!PS", {"a PostScript document", NULL}},
		{"P2\n", {"a PGM image", IMAGES}},
		{"P3\n", {"a PPM image", IMAGES}},
		{"#!", {"a script", NULL}},
		{"version https://git-lfs", {"a pointer of Git LFS", "git lfs pull fetches the file itself"}},
	};
	static const struct kind json = {"a JSON file", NULL};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (begins(s, n, known[i].begin))
			return &known[i].kind;
	return is_json(s, n) ? &json : NULL;
}

const struct kind *kind_of(const unsigned char *b, size_t n)
{
	static const struct kind pickle = {"a pickle", "torch.save writes weights that are read"};
	static const struct kind bmp = {"a BMP image", CONVERT};
	bool text = kind_is_text(b, n);
	const struct kind *k = text ? NULL : zip_kind(b, n);

	for (size_t i = 0; !text && !k && i < sizeof magics / sizeof *magics; i++)
		if (n >= (size_t)(magics[i].at + magics[i].n) && !memcmp(b + magics[i].at, magics[i].bytes, magics[i].n))
			k = &magics[i].kind;
	if (!text && !k && is_bmp(b, n))
		k = &bmp;
	if (!text && !k && n > 2 && b[0] == 0x80 && b[1] >= 2 && b[1] <= 5)
		k = &pickle;
	if (!text && !k)
		k = record_kind_of(b, n);
	if (!k) {
		const char *s = (const char *)b;
		size_t skip = n >= 3 && !memcmp(b, "\xef\xbb\xbf", 3) ? 3 : 0;

		while (skip < n && strchr(" \t\r\n", s[skip]))
			skip++;
		k = markup(s + skip, n - skip);
	}
	return k;
}

/* In the first line and in the second, as a table has them. */
static bool has_commas(const char *s, size_t n)
{
	const char *end = memchr(s, '\n', n), *second = end && end + 1 < s + n ? end + 1 : s;
	const char *stop = memchr(second, '\n', (size_t)(s + n - second));

	return memchr(s, ',', end ? (size_t)(end - s) : n) &&
	       memchr(second, ',', (size_t)((stop ? stop : s + n) - second));
}

/* Text that is known by its first line, else text. */
static const struct kind *plain_text(const char *s, size_t n)
{
	static const struct kind
		scores = {"a score table", "cxr-metrics reads score tables"},
		list = {"a list of images", "cxr-prep reads lists"},
		metrics = {"a table of metrics", "cxr-report reads it"},
		epochs = {"a log of training", "cxr-report reads it"},
		commas = {"a table with commas", "cxr-list --columns makes a list of it"},
		tabs = {"a table with tabs", "cxr-list --columns makes a list of it"},
		shard = {"a shard of a list or table", "cxr-show --cat merges shards"},
		text = {"text", "cxr-prep reads lists of images"};
	const char *end = memchr(s, '\n', n);
	size_t line = end ? (size_t)(end - s) : n;

	if (begins(s, n, "id\tlabel"))
		return &scores;
	if (begins(s, n, "path\t") || begins(s, n, "path\n"))
		return &list;
	if (begins(s, n, "#shard"))
		return &shard;
	if (begins(s, n, "metric\t"))
		return &metrics;
	if (begins(s, n, "epoch\t"))
		return &epochs;
	if (memchr(s, '\t', line))
		return &tabs;
	return has_commas(s, n) ? &commas : &text;
}

/* ---- messages */

static int refuse(const struct kind *k, const char *wanted, struct err *e)
{
	return err_set(e, "%s, not %s%s%s", k->name, wanted, k->advice ? ": " : "", k->advice ? k->advice : "");
}

int kind_refuse_lines(const unsigned char *b, size_t n, const char *wanted, struct err *e)
{
	const struct kind *k = kind_of(b, n);

	return k ? refuse(k, wanted, e) : 0;
}

int kind_refuse(const unsigned char *b, size_t n, const char *wanted, struct err *e)
{
	const struct kind *k = kind_of(b, n);

	if (!k && kind_is_text(b, n))
		k = plain_text((const char *)b, n);
	return k ? refuse(k, wanted, e) : err_set(e, "not %s, nor any other known kind of file; or damaged", wanted);
}
