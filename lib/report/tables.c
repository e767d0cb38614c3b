/* The tables that a folder can have: where each is shown, reading them all. */
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "report/chapters.h"

static const struct table_kind kind[] = {
	{"list.tsv", "path", NULL, AN_IMAGE_EACH, 0, NULL, NULL},
	{"scores-test.tsv", "id label pred status", NULL, AN_IMAGE_EACH, 0, NULL, NULL},
	{"neighbours.tsv", "id x.nearest x.influential", NULL, AN_IMAGE_EACH, 0, NULL, NULL},
	{"methods/pictures.tsv", "path label pred", "p", AN_IMAGE_EACH, 0, NULL, NULL},
	{"about.tsv", "item text", NULL, NOT_SHOWN, 0, NULL, NULL},
	{"overlays/provenance.tsv", "tool option value", NULL, NOT_SHOWN, 0, NULL, NULL},
	{"metrics.tsv", "metric", "value lo hi n", NOT_SHOWN, 0, NULL, NULL},
	{"metrics-stress.tsv", "metric", "value", NOT_SHOWN, 0, NULL, NULL},
	{"log.tsv", NULL, "epoch", NOT_SHOWN, 0, NULL, NULL},
	{"curves/confusion.tsv", "label", NULL, NOT_SHOWN, 0, NULL, NULL},
	{"curves/roc.tsv", NULL, NULL, NOT_SHOWN, 0, NULL, NULL},
	{"curves/pr.tsv", NULL, NULL, NOT_SHOWN, 0, NULL, NULL},
	{"curves/calibration.tsv", NULL, NULL, NOT_SHOWN, 0, NULL, NULL},
	{"curves/decision.tsv", NULL, NULL, NOT_SHOWN, 0, NULL, NULL},
	{"eda/levels.tsv", NULL, NULL, NOT_SHOWN, 0, NULL, NULL},
	{"eda/sizes.tsv", NULL, NULL, NOT_SHOWN, 0, NULL, NULL},
	{"eda/classes.tsv", NULL, NULL, IN_DATA, 60, "Sizes and intensities",
	 "Width, height and aspect of the files; mean and standard deviation of the prepared pixels: the median image, "
	 "and the range."},
	{"eda/duplicates.tsv", "kind split other_split", NULL, IN_DATA, 30, "Duplicates",
	 "Images from the same bytes, or nearly alike; those in two splits flatter. At most 30 are shown."},
	{"eda/probe.tsv", "from", "auc lo hi", IN_DATA, 8, "Shortcut probe",
	 "AUC of simple models that see this little. Where it is high, the classes can be told without a look at lungs."},
	{"curves/operating.tsv", NULL, NULL, IN_USE, 100, "Operating points",
	 "Each row calls an image positive from that probability on."},
	{"curves/prevalence.tsv", NULL, NULL, IN_USE, 50, "Where positives are more or less common",
	 "Precision and NPV that recall and specificity of these images would give at other prevalences."},
	{"curves/referral.tsv", NULL, NULL, IN_USE, 20, "If the least sure answers go to a reader",
	 "Accuracy of the images that are left, by the share that is referred."},
	{"groups.tsv", "group metric", NULL, IN_USE, 200, "Groups",
	 "Each group, and its difference to all other images. With many groups some differ by chance."},
	{"compare.tsv", "metric", "difference lo hi", IN_USE, 40, "Beside the other model",
	 "Differences on the same images."},
	{"curves/failures.tsv", NULL, NULL, IN_USE, 20, "Wrong answers",
	 "The surest first; the others are in curves/failures.tsv."},
	{"home.tsv", "measure", NULL, IN_ELSEWHERE, 20, "Beside the figures it came with",
	 "Here, and on the validation images it was calibrated on, with intervals."},
	{"drift.tsv", "what verdict", NULL, IN_ELSEWHERE, 60, "What is different about these images",
	 "The median image of a class, and the range where the model was calibrated. Moved: by more than a quarter of it; a "
	 "share (prevalence, view): outside the interval of the one here."},
	{"recalibrated.tsv", "measure", NULL, IN_ELSEWHERE, 20, "Recalibrated on a part of the patients",
	 "Temperature, bias and threshold fitted to one half of the patients and judged on the other, both ways."},
	{"size.tsv", "measure", NULL, IN_ELSEWHERE, 10, "How many images an evaluation like this needs",
	 "For intervals of that width, where the answers are as good as here."},
	{"versions.tsv", "what version", NULL, IN_RUN, 20, "Versions and kernels",
	 "What scored the test images. The same bits come from the same tools, library and kernels."},
	{"measures.tsv", "measure map", "value lo hi", NOT_SHOWN, 0, NULL, NULL},
	{"froc/found.tsv", "measure map", "value lo hi n", NOT_SHOWN, 0, NULL, NULL},
	{"froc/curve.tsv", "map", "false_positives sensitivity", NOT_SHOWN, 0, NULL, NULL},
	{"audit.tsv", "check verdict", NULL, IN_IMAGES, 100, "Shortcut audit",
	 "Whether the heat lies where disease cannot be, beyond what a random map would do, and what the model says of "
	 "images whose lungs are filled in."},
};
enum { KINDS = sizeof kind / sizeof *kind };

const struct table_kind *table_kind(int i)
{
	return i < KINDS ? &kind[i] : NULL;
}

/* A column of numbers holds numbers, nan, or nothing where there is none. */
static int check_numbers(const struct columns *t, int column, const char *path, struct err *e)
{
	double x;

	for (size_t i = 0; i < t->nrow; i++) {
		const char *text = columns_at(t, i, column);
		if (*text && !num_double(text, &x))
			return err_set(e, "%s: line %zu: %s: '%s' is no number", path, i + 2, t->cell[column], text);
	}
	return 0;
}

/* Has it the columns of a list (names with blanks between; NULL: none are asked for)? */
static int check_columns(const struct columns *t, const char *list, bool numbers, const char *path, struct err *e)
{
	int n, rc = 0;
	char **name = choice_split(list ? list : "", ' ', &n);

	for (int k = 0; k < n && !rc; k++)
		if (*name[k] && columns_find(t, name[k]) < 0)
			rc = err_set(e, "%s: no column %s", path, name[k]);
		else if (*name[k] && numbers)
			rc = check_numbers(t, columns_find(t, name[k]), path, e);
	free(name);
	return rc;
}

/* What people write may end without a newline. */
static int load_table(struct columns *t, const struct table_kind *k, const char *path, struct err *e)
{
	if (columns_read(t, path, e) || check_columns(t, k->names, false, path, e) ||
	    check_columns(t, k->numbers, true, path, e))
		return -1;
	return t->cut && strcmp(k->file, "about.tsv") ? err_set(e, "%s: cut off: the last line has no end", path) : 0;
}

int tables_load(struct report *r, struct err *e)
{
	r->table = xcalloc(KINDS, sizeof *r->table);
	for (int i = 0; i < KINDS; i++) {
		char *path = xasprintf("%s/%s", r->dir, kind[i].file);
		int rc = report_exists(r, path) ? load_table(&r->table[i], &kind[i], path, e) : 0;

		free(path);
		if (rc)
			return -1;
	}
	return 0;
}

void tables_free(struct report *r)
{
	for (int i = 0; r->table && i < KINDS; i++)
		columns_free(&r->table[i]);
	free(r->table);
	r->table = NULL;
}

const struct columns *table_of(const struct report *r, const char *file)
{
	static const struct columns none;

	for (int i = 0; i < KINDS; i++)
		if (!strcmp(kind[i].file, file))
			return &r->table[i];
	return &none;
}
