/* Weight files of any form: what a file is, its names without wrappers, a branch of a stack each. */
#include "zoo/weights.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/digest.h"
#include "base/kind.h"
#include "base/mem.h"
#include "stream/npy.h"
#include "zoo/views.h"

/* ---- names */

/* Wrappers around a network leave their name in front of every tensor's. */
static const char *plain_name(const char *name)
{
	static const char *const prefixes[] = {"module.", "model.", "state_dict.", "_orig_mod."};
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
			if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
				name += strlen(prefixes[i]);
				more = true;
			}
	}
	return name;
}

/* The published DenseNets have "denselayer1.norm.1.weight" for what is norm1 since torchvision 0.2. */
static char *new_name(const char *prefix, const char *name)
{
	static const char *const parts[] = {".norm.", ".conv."};
	const char *layer = strstr(name, ".denselayer");

	for (size_t i = 0; layer && i < 2; i++) {
		const char *at = strstr(layer, parts[i]);

		if (at && (at[6] == '1' || at[6] == '2') && at[7] == '.')
			return xasprintf("%s%.*s%s", prefix, (int)(at + 5 - name), name, at + 6);
	}
	return xasprintf("%s%s", prefix, name);
}

static int check_names(const struct record *r, struct err *e)
{
	char **name = xcalloc((size_t)r->ntensor + 1, sizeof *name);
	int status;

	for (int i = 0; i < r->ntensor; i++)
		name[i] = r->tensor[i].name;
	status = names_differ(name, (size_t)r->ntensor, e);
	free(name);
	return status;
}

static void rename_each(struct record *r, const char *prefix, const char *(*plain)(const char *name))
{
	for (int i = 0; i < r->ntensor; i++) {
		char *name = new_name(prefix, plain ? plain(r->tensor[i].name) : r->tensor[i].name);

		free(r->tensor[i].name);
		r->tensor[i].name = name;
	}
}

static int rename_all(struct record *r, const struct weights_target *t, struct err *e)
{
	rename_each(r, "", t->strip ? NULL : plain_name);
	if (names_fit(r, t, e))
		return -1;
	rename_each(r, t->prefix, NULL);
	return check_names(r, e);
}

/* ---- forms */

static int refuse(const unsigned char *b, size_t n, struct err *e)
{
	return n ? kind_refuse(b, n, "weights (safetensors, of torch.save, .npz, Keras .h5)", e) : err_set(e, "empty file");
}

static int parse_safetensors(struct record *r, const unsigned char *bytes, size_t n, struct err *e)
{
	struct source src;
	unsigned char more;
	int status;

	source_memory(&src, "", bytes, n);
	status = record_read(r, &src, NULL, e) == 1 ? 0 : -1;
	if (!status && source_read(&src, &more, 1, e) == 1)
		status = strcmp(record_kind(r), "head") ? err_set(e, "damaged: bytes after the record") : refuse(bytes, n, e);
	source_close(&src);
	return status;
}

static int parse_views(struct views *s, const unsigned char *b, size_t n, const struct weights_target *t, struct err *e)
{
	if (n >= 4 && memcmp(b, "PK\3\4", 4) == 0)
		return views_zip(s, b, n, e);
	if (legacy_knows(b, n))
		return views_legacy(s, b, n, e);
	if (keras_knows(b, n))
		return views_keras(s, b, n, t, e);
	if (tar_knows(b, n))
		return views_tar(s, b, n, e);
	if (npy_knows(b, n))
		return err_set(e, "one numpy array: weights are a directory of them, or an .npz");
	if (n > 1 && b[0] == 0x80 && b[1] >= 2 && b[1] <= 5)
		return err_set(e, "a pickle that torch.save did not write: refused");
	return refuse(b, n, e);
}

static int parse(struct record *r, const unsigned char *bytes, size_t n, const struct weights_target *t, struct err *e)
{
	struct views s = {.source = n};
	int status;

	if (kind_is_record(bytes, n))
		return parse_safetensors(r, bytes, n, e);
	status = parse_views(&s, bytes, n, t, e);
	if (!status)
		status = views_record(&s, r, e);
	views_free(&s);
	return status;
}

int weights_parse(struct record *r, const unsigned char *bytes, size_t n, const struct net *net, struct err *e)
{
	struct weights_target t = {.net = net, .arch = net->arch, .prefix = ""};

	record_clear(r);
	return parse(r, bytes, n, &t, e) || rename_all(r, &t, e) ? -1 : 0;
}

/* ---- files */

static int is_npy(const struct dirent *d)
{
	const char *end = strrchr(d->d_name, '.');

	return d->d_name[0] != '.' && end && strcmp(end, ".npy") == 0;
}

static int add_npy(struct views *s, const char *path, const char *name, struct sha256 *sha, struct err *e)
{
	unsigned char *bytes;
	size_t n;

	input_note(path);
	if (file_read(path, SIZE_MAX - 1, &bytes, &n, e))
		return -1;
	sha256_add(sha, bytes, n);
	s->source += n;
	return views_npy(s, name, bytes, n, bytes, e) ? err_prefix(e, "%s", path) : 0;
}

static int read_directory(struct record *r, const char *path, struct sha256 *sha, struct err *e)
{
	struct dirent **entry;
	struct views s = {0};
	int n = scandir(path, &entry, is_npy, alphasort), status = 0;

	if (n < 0)
		return err_errno(e, "%s", path);
	for (int i = 0; i < n; i++) {
		char *full = xasprintf("%s/%s", path, entry[i]->d_name);

		if (!status)
			status = add_npy(&s, full, entry[i]->d_name, sha, e);
		free(full);
		free(entry[i]);
	}
	free(entry);
	if (!n)
		status = err_set(e, "%s: a directory without .npy files", path);
	if (!status && views_record(&s, r, e))
		status = err_prefix(e, "%s", path);
	views_free(&s);
	return status;
}

static int read_file(struct record *r, const char *path, const struct weights_target *t, struct sha256 *sha,
                     struct err *e)
{
	unsigned char *bytes;
	size_t n;
	int status;

	input_note(path);
	if (file_read(path, SIZE_MAX - 1, &bytes, &n, e))
		return -1;
	sha256_add(sha, bytes, n);
	status = parse(r, bytes, n, t, e) ? err_prefix(e, "%s", path) : 0;
	free(bytes);
	return status;
}

static int read_any(struct record *r, const char *path, const struct weights_target *t, struct sha256 *sha,
                    struct err *e)
{
	record_clear(r);
	if (file_is_dir(path) ? read_directory(r, path, sha, e) : read_file(r, path, t, sha, e))
		return -1;
	return rename_all(r, t, e) ? err_prefix(e, "%s", path) : 0;
}

/* Where the branch's part of "stack:A+B:..." begins, its length in *n; NULL: no such branch. */
static const char *branch_of(const char *arch, char letter, size_t *n)
{
	const char *at = arch + strlen("stack:");

	for (; letter > 'a' && at; letter--)
		if ((at = strpbrk(at, "+:")))
			at = *at == '+' ? at + 1 : NULL;
	if (at)
		*n = strcspn(at, "+:");
	return at;
}

/* "a=FILE" of a stack: FILE's tensors under the branch's name, added to r. */
static int read_branch(struct record *r, const char *item, const struct net *n, struct sha256 *sha, struct err *e)
{
	size_t length = 0;
	const char *branch = branch_of(n->arch, item[0], &length);
	char prefix[] = {item[0], '.', '\0'};
	struct weights_target t = {.net = n, .prefix = prefix};
	struct record one = {0};
	int status;

	if (!branch)
		return err_set(e, "%s has no branch %c", n->arch, item[0]);
	t.arch = xstrndup(branch, length);
	status = read_any(&one, item + 2, &t, sha, e);
	for (int i = 0; i < one.ntensor && !status; i++) {
		const struct tensor *from = &one.tensor[i];

		if (record_tensor(r, from->name))
			status = err_set(e, "two tensors are called %.200s", from->name);
		else
			memcpy(record_add(r, from->name, from->type, from->ndim, from->shape), from->data,
			       from->bytes);
	}
	record_free(&one);
	free((char *)t.arch);
	return status;
}

static bool is_branch(const char *item)
{
	return item[0] >= 'a' && item[0] <= 'z' && item[1] == '=';
}

static int read_stack(struct record *r, const char *path, const struct net *n, struct sha256 *sha, struct err *e)
{
	int nitem, status = 0;
	char **item = choice_split(path, ',', &nitem);

	record_clear(r);
	for (int k = 0; k < nitem && !status; k++)
		status = is_branch(item[k]) ? read_branch(r, item[k], n, sha, e)
		                            : err_set(e, "%s: weights of a stack are a=FILE,b=FILE, or one file of all", path);
	free(item);
	return status;
}

int weights_read_under(struct record *r, const char *path, const struct net *n, const char *prefix, struct err *e)
{
	struct weights_target t = {.net = n, .arch = n->arch, .prefix = "", .strip = prefix};
	bool stack = strncmp(n->arch, "stack:", 6) == 0;
	char hex[SHA256_HEX];
	struct sha256 sha;

	sha256_init(&sha);
	if (stack && is_branch(path) ? read_stack(r, path, n, &sha, e) : read_any(r, path, &t, &sha, e))
		return -1;
	sha256_hex(&sha, hex);
	record_set(r, "init.sha256", hex);
	return 0;
}

int weights_read(struct record *r, const char *path, const struct net *n, struct err *e)
{
	return weights_read_under(r, path, n, NULL, e);
}
