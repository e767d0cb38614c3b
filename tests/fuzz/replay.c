/* Stands in for libFuzzer where there is none: runs a fuzz target over its committed seeds and over what is left when
 * a seed is cut anywhere (at 512 places evenly spread for long ones). A crash, a sanitizer's report or a failed
 * check of the target ends the program, and seeds of which none is read to the end (reached.h) are a failure; TAP on
 * stdout. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/* libFuzzer's, for the mutators of targets, which are not called here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most)
{
	(void)data;
	return size < most ? size : most;
}

enum { CUTS = 512 };

/* In a block of its own size, so that a sanitizer sees every byte read behind the end. */
static void run(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	if (!copy)
		abort();
	memcpy(copy, bytes, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void replay(const char *path)
{
	uint8_t *bytes = NULL;
	size_t n = 0, got;
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		exit(1);
	}
	do {
		bytes = realloc(bytes, n + 65536);
		if (!bytes)
			abort();
		n += got = fread(bytes + n, 1, 65536, f);
	} while (got);
	fclose(f);
	size_t step = n / CUTS + 1;
	run(bytes, n);
	for (size_t cut = 0; cut < n; cut += step)
		run(bytes, cut);
	free(bytes);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	char dir[512], path[1024];
	struct dirent **entry;
	const char *name = strstr(argv[0], "replay_");
	if (argc > 1)
		snprintf(dir, sizeof dir, "%s", argv[1]);
	else
		snprintf(dir, sizeof dir, "tests/fuzz/corpus/%s", name ? name + 7 : "");
	int n = scandir(dir, &entry, visible, alphasort);
	if (n <= 0) {
		printf("1..1\nnot ok 1 - seeds in %s\n", dir);
		return 1;
	}
	printf("1..%d\n", n + 1);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, entry[i]->d_name);
		replay(path);
		printf("ok %d - %s, whole and cut\n", i + 1, entry[i]->d_name);
		fflush(stdout);
		free(entry[i]);
	}
	free(entry);
	printf("%s %d - the target's end is reached\n", fuzz_reached ? "ok" : "not ok", n + 1);
	return !fuzz_reached;
}
