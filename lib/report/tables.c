/* The tables that a folder can have: where each is shown, reading them all. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/chapters.h"

static const struct table_kind kind[] = {
	{"list.tsv", AN_IMAGE_EACH, 0, NULL, NULL},
	{"scores-test.tsv", AN_IMAGE_EACH, 0, NULL, NULL},
	{"methods/pictures.tsv", AN_IMAGE_EACH, 0, NULL, NULL},
	{"metrics.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"metrics-stress.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"log.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"curves/confusion.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"curves/roc.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"curves/pr.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"curves/calibration.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"curves/decision.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"eda/levels.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"eda/sizes.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"eda/classes.tsv", IN_DATA, 60, "Sizes and intensities",
	 "Width, height and aspect of the files; mean and standard deviation of the prepared pixels: the median image, "
	 "and the range."},
	{"eda/duplicates.tsv", IN_DATA, 30, "Duplicates", "Images from the same bytes, or nearly alike; those in two "
	 "splits flatter. At most 30 are shown."},
	{"eda/probe.tsv", IN_DATA, 8, "Shortcut probe",
	 "AUC of simple models that see this little. Where it is high, the classes can be told without a look at lungs."},
	{"curves/operating.tsv", IN_USE, 100, "Operating points",
	 "Each row calls an image positive from that probability on."},
	{"curves/prevalence.tsv", IN_USE, 50, "Where positives are more or less common",
	 "Precision and NPV that recall and specificity of these images would give at other prevalences."},
	{"curves/referral.tsv", IN_USE, 20, "If the least sure answers go to a reader",
	 "Accuracy of the images that are left, by the share that is referred."},
	{"groups.tsv", IN_USE, 200, "Groups", "Each group, and its difference to all other images. With many groups some "
	 "differ by chance."},
	{"compare.tsv", IN_USE, 40, "Beside the other model", "Differences on the same images."},
	{"curves/failures.tsv", IN_USE, 20, "Wrong answers", "The surest first; the others are in curves/failures.tsv."},
	{"measures.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"audit.tsv", IN_IMAGES, 100, "Shortcut audit",
	 "Whether the heat lies where disease cannot be, beyond what a random map would do."},
};
enum { KINDS = sizeof kind / sizeof *kind };

const struct table_kind *table_kind(int i)
{
	return i < KINDS ? &kind[i] : NULL;
}

int tables_load(struct report *r, struct err *e)
{
	r->table = xcalloc(KINDS, sizeof *r->table);
	for (int i = 0; i < KINDS; i++) {
		char *path = xasprintf("%s/%s", r->dir, kind[i].file);
		int rc = report_exists(path) ? columns_read(&r->table[i], path, e) : 0;

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
