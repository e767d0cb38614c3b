/* libFuzzer: any bytes as somebody else's table, then the list made of it: its first column names files, the next one
 * says what was found, a third one whose they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/finding.h"
#include "data/tabled.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void findings(const struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (int k = 0; k < s->row[i].n; k++) {
			const char *cell = sheet_at(s, i, k);

			finding_state(cell, finding_is_flag(cell));
			finding_has(cell, "Pneumonia", k % 2);
			finding_count(cell);
			free(finding_only(cell));
		}
}

static void make_list(const struct sheet *s, bool named)
{
	static const char *const file[] = {"a/1.png", "b/1.png", "b/2.png", "b/3.dcm"};
	const struct sheet_row *names = &s->row[0];
	char *columns = xasprintf("path=%s,label=%s%s%s", names->field[0], names->n > 1 ? names->field[1] : names->field[0],
	                          names->n > 2 ? ",patient=" : "", names->n > 2 ? names->field[2] : "");
	struct list files = {0}, l = {0};
	struct tabled t = {.columns = columns, .found = named ? "Pneumonia" : NULL, .folder = "", .files = &files};
	struct tabled_notes notes = {0};
	struct err e;

	for (size_t i = 0; i < sizeof file / sizeof *file; i++)
		list_add(&files, file[i]);
	if (!tabled_list(&l, s, &t, &notes, &e))
		for (size_t i = 0; i < l.n; i++) {
			fuzz_reached++;
			if (!*l.item[i].path)
				abort(); /* an image without a name */
		}
	tabled_notes_free(&notes);
	list_free(&files);
	list_free(&l);
	free(columns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source src;
	struct sheet s;
	struct err e;

	source_memory(&src, "fuzz", data, size);
	if (!sheet_read(&s, &src, &e)) {
		findings(&s);
		make_list(&s, size % 2);
		sheet_free(&s);
	}
	source_close(&src);
	return 0;
}
