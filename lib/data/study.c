/* DICOM files in a list: keyed hashes for what identifies, columns for what does not. */
#include "data/study.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "data/fetch.h"
#include "data/path.h"
#include "data/patient.h"

enum { PEEK = 256 };
#define DICOM_N "dicom-"

static const char *const columns[STUDY_FACTS] = {"x.modality", "x.view", "x.body", "x.photometric", "x.bits",
	"x.syntax", "x.spacing", "x.maker", "x.intent", "x.burned", "x.lossy"};

/* --- The key ---------------------------------------------------------------------------------------------------- */

int study_key_new(const char *path, struct err *e)
{
	unsigned char key[STUDY_KEY];
	int fd;

	if (getrandom(key, sizeof key, 0) != sizeof key)
		return err_errno(e, "%s: no random bytes", path);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
		return err_errno(e, "%s", path);
	bool good = write(fd, key, sizeof key) == sizeof key && fsync(fd) == 0;
	if (close(fd) == 0 && good)
		return 0;
	err_errno(e, "%s", path);
	unlink(path);
	return -1;
}

int study_key_read(unsigned char key[STUDY_KEY], const char *path, struct err *e)
{
	struct stat st;
	unsigned char more;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is no key */

	if (fd < 0)
		return err_errno(e, "%s", path);
	bool private = fstat(fd, &st) == 0 && !(st.st_mode & (S_IRWXG | S_IRWXO));
	bool good = read(fd, key, STUDY_KEY) == STUDY_KEY && read(fd, &more, 1) == 0;
	close(fd);
	if (!private)
		return err_set(e, "%s: a key is for its owner alone: chmod 600", path);
	return good ? 0 : err_set(e, "%s: not a key: it has not 32 bytes", path);
}

/* HMAC(key, kind|text), its first 16 digits. */
static void hash(const unsigned char *key, const char *kind, const char *text, char id[STUDY_ID])
{
	char *both = xasprintf("%s|%s", kind, text), hex[SHA256_HEX];

	hmac_of(key, STUDY_KEY, both, hex);
	memcpy(id, hex, STUDY_ID - 1);
	id[STUDY_ID - 1] = '\0';
	free(both);
}

void study_id(const unsigned char key[STUDY_KEY], const char *sha256, char id[STUDY_ID])
{
	hash(key, "file", sha256, id);
}

void study_patient(const unsigned char key[STUDY_KEY], const char *issuer, const char *patient, char id[STUDY_ID])
{
	char *who = xasprintf("%s|%s", issuer, patient);

	hash(key, "patient", who, id);
	free(who);
}

void study_number(const unsigned char key[STUDY_KEY], const char *study, char id[STUDY_ID])
{
	hash(key, "study", study, id);
}

bool study_is_column(const char *name)
{
	for (int i = 0; i < STUDY_FACTS; i++)
		if (!strcmp(columns[i], name))
			return true;
	return !strcmp(name, "x.instance");
}

bool study_is_id(const char *name)
{
	size_t n = strspn(name, "0123456789abcdef");

	return (n == STUDY_ID - 1 && !name[n]) || !strncmp(name, DICOM_N, sizeof DICOM_N - 1);
}

/* --- One file --------------------------------------------------------------------------------------------------- */

static void set_field(char **field, const char *text)
{
	free(*field);
	*field = xstrdup(text);
}

/* Nobody shares an empty patient: without an id, in a table neither, the study stands for one, without that the file,
 * marked as no patient (patient_is_known). */
static void set_patient(struct item *it, const unsigned char *key, const struct study *s, const char *sha256,
                        bool named)
{
	bool tabled = !s->patient[0] && named && patient_is_known(it->patient);
	bool known = tabled || s->patient[0];
	char id[STUDY_ID];

	if (known)
		study_patient(key, s->issuer, tabled ? it->patient : s->patient, id);
	else if (s->study[0])
		study_number(key, s->study, id);
	else
		study_id(key, sha256, id);
	free(it->patient);
	it->patient = xasprintf("%s%s", known ? "" : "study:", id);
}

/* Whether a file begins as DICOM; only a regular one is opened. */
static bool begins_as_dicom(const struct study_reader *r, const char *path)
{
	unsigned char bytes[PEEK];
	struct stat st;
	ssize_t n = -1;
	int fd = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		n = read(fd, bytes, sizeof bytes);
		close(fd);
	}
	return n > 0 && r->knows(bytes, (size_t)n);
}

/* A member of an archive cannot be peeked at: those that are images of another kind by name are not unpacked. */
static bool may_be_dicom(const struct study_reader *r, const char *path)
{
	const char *dot = strrchr(path_name(path), '.');
	char *archive;

	if (!path_member(path, NULL, &archive))
		return begins_as_dicom(r, path);
	free(archive);
	return !path_is_image(path) || (dot && strcasecmp(dot, ".dcm") == 0);
}

bool study_get(struct fetch *f, const struct study_reader *r, const char *path, struct study_file *to)
{
	return may_be_dicom(r, path) && !fetch_get(f, path, &to->bytes, &to->n, &to->cap, NULL) &&
	       r->knows(to->bytes, to->n);
}

/* --- A list ----------------------------------------------------------------------------------------------------- */

struct work {
	struct list *l;
	const struct study_reader *r;
	const unsigned char *key;
	bool keep_labels;
	struct study_count *c;
	int id, instance, fact[STUDY_FACTS]; /* columns; -1: not there yet */
	bool *drop;
};

static void make_columns(struct work *w)
{
	w->id = list_new_column(w->l, "id");
	w->instance = list_new_column(w->l, "x.instance");
	for (int i = 0; i < STUDY_FACTS; i++)
		w->fact[i] = list_new_column(w->l, columns[i]);
}

static void take_file(struct work *w, size_t i, const struct study_file *file)
{
	struct item *it = &w->l->item[i];
	struct study s = {0};
	char sha256[SHA256_HEX], id[STUDY_ID];
	int rc = w->r->read(&s, file->bytes, file->n);

	if (rc > 0) {
		w->drop[i] = true;
		w->c->indexes++;
		return;
	}
	w->c->files++;
	if (!w->key)
		return;
	if (w->fact[0] < 0)
		make_columns(w);
	sha256_of(file->bytes, file->n, sha256);
	study_id(w->key, sha256, id);
	list_set(w->l, i, w->id, id);
	set_patient(it, w->key, &s, sha256, w->l->named);
	if (s.sop[0])
		hash(w->key, "sop", s.sop, id);
	list_set(w->l, i, w->instance, s.sop[0] ? id : "");
	for (int f = 0; f < STUDY_FACTS; f++)
		list_set(w->l, i, w->fact[f], s.fact[f]);
	if (!w->l->labelled && !w->keep_labels && it->label[0]) {
		set_field(&it->label, "");
		w->c->unlabelled++;
	}
}

static void take_all(struct work *w)
{
	struct fetch *f = fetch_new();
	struct study_file file = {0};

	for (size_t i = 0; i < w->l->n; i++)
		if (!(w->id >= 0 && list_value(w->l, i, w->id)[0]) && study_get(f, w->r, w->l->item[i].path, &file))
			take_file(w, i, &file);
	free(file.bytes);
	fetch_free(f);
}

struct study_item {
	const char *id;
	size_t i;
};

static int by_id(const void *x, const void *y)
{
	const struct study_item *a = x, *b = y;
	int r = strcmp(a->id, b->id);

	return r ? r : (a->i > b->i) - (a->i < b->i);
}

/* An id is one file's: of files equal in every byte the first stays. */
static void drop_doubles(struct work *w)
{
	struct study_item *name = xcalloc(w->l->n + 1, sizeof *name);
	size_t n = 0;

	for (size_t i = 0; w->id >= 0 && i < w->l->n; i++)
		if (!w->drop[i] && list_value(w->l, i, w->id)[0])
			name[n++] = (struct study_item){list_value(w->l, i, w->id), i};
	qsort(name, n, sizeof *name, by_id);
	for (size_t i = 1; i < n; i++)
		if (!strcmp(name[i - 1].id, name[i].id)) {
			w->drop[name[i].i] = true;
			w->c->doubles++;
		}
	free(name);
}

static bool not_dropped(const struct item *it, size_t i, void *ctx)
{
	const bool *drop = ctx;

	(void)it;
	return !drop[i];
}

int study_list(struct list *l, const struct study_reader *r, const unsigned char *key, bool keep_labels,
               struct study_count *c, struct err *e)
{
	struct work w = {l, r, key, keep_labels, c, list_column(l, "id"), -1, {-1}, xcalloc(l->n + 1, sizeof *w.drop)};

	*c = (struct study_count){0};
	take_all(&w);
	drop_doubles(&w);
	list_keep(l, not_dropped, w.drop);
	free(w.drop);
	return !key && c->files ? err_set(e, "%zu of %zu images are DICOM", c->files, l->n) : 0;
}

static void hide(struct list *l, size_t i, const unsigned char *key, int column)
{
	struct item *it = &l->item[i];
	char sha256[SHA256_HEX], id[32];
	struct fetch *f = key ? fetch_new() : NULL;
	unsigned char *bytes = NULL;
	size_t n, cap = 0;

	snprintf(id, sizeof id, DICOM_N "%zu", i + 1);
	if (f && fetch_get(f, it->path, &bytes, &n, &cap, NULL) == 0) {
		sha256_of(bytes, n, sha256);
		study_id(key, sha256, id);
	}
	list_set(l, i, column, id);
	set_field(&it->label, "");
	set_field(&it->patient, "");
	free(bytes);
	fetch_free(f);
}

void study_hide(struct list *l, const struct study_reader *r, const unsigned char *key)
{
	int column = list_column(l, "id");

	for (size_t i = 0; !l->labelled && i < l->n; i++) {
		if (!begins_as_dicom(r, l->item[i].path))
			continue;
		if (column < 0)
			column = list_new_column(l, "id");
		hide(l, i, key, column);
	}
}
