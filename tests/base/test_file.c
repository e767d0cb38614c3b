#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "unit.h"

static char dir[64];

static int enter(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/cxr-file.XXXXXX");
	return !mkdtemp(dir) || chdir(dir);
}

static int leave(void **state)
{
	(void)state;
	char *c = xasprintf("rm -rf '%s'", dir);
	int rc = chdir("/") || system(c);
	free(c);
	return rc;
}

static int entries(void)
{
	int n = 0;
	DIR *d = opendir(".");
	for (struct dirent *x; (x = readdir(d));)
		n += x->d_name[0] != '.';
	closedir(d);
	return n;
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

static void is_file(const char *path, const char *want)
{
	unsigned char *bytes;
	size_t n;
	struct err e;
	assert_int_equal(file_read(path, 1000, &bytes, &n, &e), 0);
	assert_string_equal((char *)bytes, want);
	assert_int_equal(n, strlen(want));
	free(bytes);
}

static void reading(void **state)
{
	(void)state;
	unsigned char *bytes;
	size_t n;
	struct err e;
	struct source s;
	char buf[10];
	put("a", "hello");
	is_file("a", "hello");
	assert_int_equal(file_read("a", 4, &bytes, &n, &e), -1);
	assert_string_equal(e.text, "a: larger than 4 bytes");
	assert_int_equal(file_read("a", 5, &bytes, &n, &e), 0);
	free(bytes);
	assert_int_equal(file_read("none", 5, &bytes, &n, &e), -1);
	assert_string_equal(e.text, "none: No such file or directory");
	assert_int_equal(file_read(".", 5, &bytes, &n, &e), -1);
	assert_string_equal(e.text, ".: a folder, not a file (cxr-list lists the images in one)");
	assert_int_equal(source_file(&s, "a", &e), 0);
	assert_string_equal(s.name, "a");
	assert_int_equal(source_read(&s, buf, 3, &e), 3);
	assert_int_equal(source_read(&s, buf, 3, &e), 2);
	assert_int_equal(source_read(&s, buf, 3, &e), 0);
	source_close(&s);
	source_memory(&s, "m", "abc", 3);
	assert_int_equal(source_read(&s, buf, 10, &e), 3);
	assert_int_equal(source_read(&s, buf, 10, &e), 0);
	source_close(&s);
	size_t big = 3 << 20;
	FILE *f = fopen("big", "w");
	for (size_t i = 0; i < big; i++)
		putc(i % 251, f);
	fclose(f);
	assert_int_equal(file_read("big", big, &bytes, &n, &e), 0);
	assert_int_equal(n, big);
	assert_int_equal(bytes[big - 1], (big - 1) % 251);
	free(bytes);
}

static void whole_or_not(void **state)
{
	(void)state;
	struct outfile o;
	struct err e;
	put("out", "old");
	int before = entries();
	assert_int_equal(outfile_open(&o, "out", &e), 0);
	fputs("new", o.f);
	fflush(o.f);
	is_file("out", "old");
	assert_int_equal(outfile_commit(&o, &e), 0);
	is_file("out", "new");
	assert_int_equal(outfile_open(&o, "out", &e), 0);
	fputs("newer", o.f);
	outfile_abort(&o);
	is_file("out", "new");
	assert_int_equal(entries(), before);
	mode_t mask = umask(027);
	assert_int_equal(outfile_open(&o, "modes", &e), 0);
	assert_int_equal(outfile_commit(&o, &e), 0);
	umask(mask);
	struct stat st;
	assert_int_equal(stat("modes", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void several_open(void **state)
{
	(void)state;
	struct outfile a, b, c;
	struct err e;
	int before = entries();
	assert_int_equal(outfile_open(&a, "one", &e), 0);
	assert_int_equal(outfile_open(&b, "one", &e), 0);
	assert_int_equal(outfile_open(&c, "two", &e), 0);
	assert_string_not_equal(a.temp, b.temp);
	assert_int_equal(outfile_commit(&b, &e), 0);
	assert_int_equal(entries(), before + 3);
	outfile_abort_all();
	assert_int_equal(entries(), before + 1);
	fclose(a.f);
	fclose(c.f);
	free(a.path);
	free(a.temp);
	free(c.path);
	free(c.temp);
}

/* Files that a killed process of this machine left are taken away, but a folder is read once only: into one of many
 * files, or by turns into several, each would be read for every file. */
static void folders_are_swept_once(void **state)
{
	char host[21] = "", *left[4];
	struct outfile o;
	struct err e;

	(void)state;
	gethostname(host, sizeof host - 1);
	assert_int_equal(mkdir("first", 0755) || mkdir("second", 0755), 0);
	for (int i = 0; i < 4; i++) {
		left[i] = xasprintf("%s/%d.tmp-%s-%d-0", i % 2 ? "second" : "first", i, host, INT_MAX); /* no process has that number */
		if (i >= 2)
			for (int k = 0; k < 2; k++) {
				char *name = xasprintf("%s/out%d", k ? "second" : "first", i);

				assert_int_equal(outfile_open(&o, name, &e), 0);
				assert_int_equal(outfile_commit(&o, &e), 0);
				assert_int_equal(access(left[k], F_OK), -1);
				free(name);
			}
		assert_int_equal(close(open(left[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0644)), 0);
	}
	assert_int_equal(outfile_open(&o, "first/last", &e), 0);
	assert_int_equal(outfile_commit(&o, &e), 0);
	assert_int_equal(access(left[2], F_OK), 0);
	for (int i = 0; i < 4; i++)
		free(left[i]);
}

static void not_writable(void **state)
{
	(void)state;
	struct outfile o;
	struct err e;
	assert_int_equal(outfile_open(&o, "none/out", &e), -1);
	assert_string_equal(e.text, "none/out: cannot create: No such file or directory");
	assert_int_equal(outfile_open(&o, ".", &e), -1);
	assert_string_equal(e.text, ".: cannot create: Is a directory");
	assert_int_equal(outfile_open(&o, "/dev/null", &e), 0);
	assert_null(o.temp);
	fputs("x", o.f);
	assert_int_equal(outfile_commit(&o, &e), 0);
	if (access("/dev/full", W_OK))
		skip();
	assert_int_equal(outfile_open(&o, "/dev/full", &e), 0);
	fputs("x", o.f);
	assert_int_equal(outfile_commit(&o, &e), -1);
	assert_string_equal(e.text, "/dev/full: cannot write: No space left on device");
}

static void links(void **state)
{
	(void)state;
	struct outfile o;
	struct err e;
	struct stat st;
	put("target", "old");
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(outfile_open(&o, "link", &e), 0);
	fputs("new", o.f);
	assert_int_equal(outfile_commit(&o, &e), 0);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	is_file("target", "new");
}

static void directories(void **state)
{
	(void)state;
	struct err e;
	assert_int_equal(file_mkdirs("x/y//z/", &e), 0);
	assert_true(file_is_dir("x/y/z"));
	assert_int_equal(file_mkdirs("x/y", &e), 0);
	assert_int_equal(file_mkdirs(dir, &e), 0);
	put("plain", "");
	assert_false(file_is_dir("plain"));
	assert_int_equal(file_mkdirs("plain/q", &e), -1);
	assert_non_null(strstr(e.text, "plain: cannot make the directory"));
	assert_int_equal(file_mkdirs("plain", &e), -1);
}

/* Names that were given may be links, those that data had a part in may not. */
static void derived_directories(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(file_mkdirs("given/inside", &e), 0);
	assert_int_equal(symlink("given", "also"), 0);
	assert_int_equal(symlink("inside", "given/planted"), 0);
	assert_int_equal(file_mkdirs_derived("also/a/b", strlen("also"), &e), 0);
	assert_true(file_is_dir("given/a/b"));
	assert_int_equal(file_mkdirs_derived("also/a/b", strlen("also"), &e), 0);
	assert_int_equal(file_mkdirs_derived("also/planted/c", strlen("also"), &e), -1);
	assert_non_null(strstr(e.text, "also/planted: cannot make the directory: a link has that name"));
	assert_false(file_is_dir("given/inside/c"));
	assert_int_equal(file_mkdirs("also/planted/c", &e), 0);
}

static int write_derived(const char *path, const char *text, struct err *e)
{
	struct outfile o;

	if (outfile_open_derived(&o, path, e))
		return -1;
	fputs(text, o.f);
	return outfile_commit(&o, e);
}

/* A derived name is written once by a run; what another run has put there since is nothing of this run's, though it
 * may have its inode. */
static void derived_once(void **state)
{
	const struct timespec later[2] = {{2000000000, 1}, {2000000000, 1}};
	struct err e;

	(void)state;
	assert_int_equal(write_derived("twice", "first", &e), 0);
	assert_int_equal(write_derived("twice", "second", &e), -1);
	assert_non_null(strstr(e.text, "twice: was written by this run already"));
	is_file("twice", "first");
	put("twice", "another run's");
	assert_int_equal(utimensat(AT_FDCWD, "twice", later, 0), 0);
	assert_int_equal(write_derived("twice", "second", &e), 0);
	is_file("twice", "second");
}

/* A pipe is read once its writer comes, and written once its reader comes; who comes first waits. */
static void pipes(void **state)
{
	struct outfile o;
	struct source s;
	struct err e;
	char got[8];

	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(output_try("pipe", &e), -1);
	if (!fork()) {
		bool good = !outfile_open(&o, "pipe", &e) && fputs("bytes", o.f) >= 0 && !outfile_commit(&o, &e);
		_exit(!good);
	}
	assert_int_equal(source_file(&s, "pipe", &e), 0);
	assert_int_equal(source_read(&s, got, sizeof got, &e), 5);
	assert_memory_equal(got, "bytes", 5);
	source_close(&s);
	size_t n;
	assert_null(file_map("pipe", PROT_READ, &n));
	assert_null(file_map(".", PROT_READ, &n));
	assert_null(file_map("nothing", PROT_READ, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders_are_swept_once),
		cmocka_unit_test(reading),      cmocka_unit_test(whole_or_not), cmocka_unit_test(several_open),
		cmocka_unit_test(not_writable), cmocka_unit_test(links),        cmocka_unit_test(directories),
		cmocka_unit_test(derived_directories), cmocka_unit_test(derived_once), cmocka_unit_test(pipes),
	};
	return cmocka_run_group_tests_name("file", tests, enter, leave);
}
