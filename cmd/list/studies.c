/* DICOM in cxr-list: where the header reader of lib/image meets the lists of lib/data. */
#include "list/studies.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "data/pseudonym.h"
#include "image/dicom.h"
#include "tool/tool.h"

/* What cxr-list wants of a DICOM header; what identifies goes no further than lib/data/study.c. */
static int read_header(struct study *s, const unsigned char *bytes, size_t n)
{
	struct dicom d;
	int rc = dicom_header(&d, bytes, n, NULL);
	const struct dicom_facts *f = &d.facts;
	const char *const fact[STUDY_FACTS] = {f->modality, f->view, f->body, f->photometric, f->bits, f->syntax, f->spacing,
		f->maker, f->intent, f->burned, f->lossy};

	strcpy(s->sop, d.identity.sop);
	strcpy(s->study, d.identity.study);
	strcpy(s->patient, d.identity.patient);
	strcpy(s->issuer, d.identity.issuer);
	strcpy(s->accession, d.identity.accession);
	for (int i = 0; i < STUDY_FACTS; i++)
		strcpy(s->fact[i], fact[i]);
	rc = d.directory ? 1 : rc;
	dicom_free(&d);
	return rc;
}

const struct study_reader studies_reader = {dicom_knows, read_header};

static void say(size_t n, const char *what)
{
	if (n > 0)
		remark("%zu %s", n, what);
}

static bool has_key(const char *path, unsigned char key[STUDY_KEY])
{
	struct err e;

	if (path && *path && study_key_read(key, path, &e) < 0)
		die_usage("the key: %s", e.text);
	return path && *path;
}

char *studies_name(const char *path, const char *key_path)
{
	unsigned char key[STUDY_KEY];
	char sha256[SHA256_HEX], id[STUDY_ID] = "(DICOM)";
	struct fetch *f = fetch_new();
	struct study_file file = {0};
	bool is_dicom = study_get(f, &studies_reader, path, &file);

	if (is_dicom && has_key(key_path, key)) {
		sha256_of(file.bytes, file.n, sha256);
		study_id(key, sha256, id);
	}
	free(file.bytes);
	fetch_free(f);
	return xstrdup(is_dicom ? id : path);
}

/* The list holds paths, which may name people. */
static void make_private(void)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode) && fchmod(STDOUT_FILENO, 0600) != 0)
		die("standard output: such a list is private, and its mode cannot be set");
}

void studies_set(struct list *l, const char *path, bool keep_labels)
{
	unsigned char key[STUDY_KEY];
	struct study_count c = {0};
	struct err e;

	if (study_list(l, &studies_reader, has_key(path, key) ? key : NULL, keep_labels, &c, &e) < 0)
		die_usage("%s: their ids need a key: make one by cxr-list --new-key FILE, keep it, and give it by --key FILE or "
		          "$CXR_KEY_FILE", e.text);
	if (l->n == 0 && c.indexes > 0)
		die("a DICOMDIR, which is an index: give the files or the folder");
	say(c.indexes, "DICOMDIR left out: an index of files is no image");
	say(c.doubles, "DICOM images left out: equal to another in every byte");
	say(c.unlabelled, "DICOM images get no label from their folders, which may be names of patients: --classes NAME,... "
	                  "says which are classes");
	if (c.files > 0)
		make_private();
}

void studies_pseudonymise(struct list *l, const char *key_file, const char *columns)
{
	unsigned char key[STUDY_KEY];
	struct pseudonym_count c;
	struct err e;

	if (study_key_read(key, key_file, &e) < 0)
		die_usage("the key: %s", e.text);
	if (pseudonym_list(l, key, columns, &c, &e) < 0)
		die_usage("option --keep-columns: %s", e.text);
	say(c.unread, "images cannot be read: their ids are made of their paths");
	say((size_t)c.dropped, "columns left out (--keep-columns NAME,... chooses)");
	make_private();
}
