/* CLAIM (2024), TRIPOD+AI (2024) and STARD-AI (2025): their items in our own words, and where this page answers
 * them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/chapters.h"

/* What is in `file` of the folder answers the item; NULL: nothing in a folder can. */
struct checklist_item {
	const char *number, *asks, *file, *answer;
};

static const struct checklist_item claim[] = {
	{"1-2", "title and abstract name the kind of method and summarise the study", "metrics.tsv", "top of this page"},
	{"3-4", "clinical background, aims and hypotheses", NULL, NULL},
	{"5-6", "prospective or retrospective; kind of study", NULL, NULL},
	{"7", "where the data come from", "list.tsv", "The images: files and counts; not their origin"},
	{"8", "inclusion and exclusions, setting and dates", NULL, NULL},
	{"9", "preparation before the network", "commands/3-prep", "What was run: prep"},
	{"10", "how parts of the data were chosen", "commands/2-list", "What was run: list"},
	{"11", "de-identification", NULL, NULL},
	{"12", "what was done about missing data", "metrics.tsv", "errors and unlabelled images are counted and left out"},
	{"13", "how images were taken: machine and protocol", NULL, NULL},
	{"14-15", "reference standard, and why this one", NULL, NULL},
	{"16-18", "annotators of the reference standard, their tools and agreement", NULL, NULL},
	{"19", "how data were assigned to partitions", "commands/2-list", "What was run: list"},
	{"20", "the level at which partitions are disjoint", "list.tsv", "The images: by patient where known"},
	{"21", "sample size", "list.tsv", "The images: size; its reason is not known to the tool"},
	{"22", "the model, its input and output", "model.safetensors", "What was run: the model"},
	{"23", "software and versions", "commands/0-version", "What was run: version"},
	{"24", "how weights were initialised", "commands/4-train", "What was run: train"},
	{"25", "training in full", "commands/4-train", "Training; What was run: train"},
	{"26", "how the final model was chosen", "log.tsv", "Training: the epoch that was kept"},
	{"27", "ensembling", "commands/4-train", "What was run"},
	{"28", "measures of performance", "metrics.tsv", "How good the answers are"},
	{"29", "uncertainty of the measures", "metrics.tsv", "intervals beside each measure, with their method"},
	{"30", "robustness", "metrics-stress.tsv", "How they hold up on altered images"},
	{"31", "explanations, and whether they were checked", "overlays", "Where it looked; checked where it has measures"},
	{"32", "test on internal data", "log.tsv", "How good the answers are"},
	{"33", "test on external data", "home.tsv", "Images of another source"},
	{"34", "registration of a clinical trial", NULL, NULL},
	{"35", "flow of cases", "list.tsv", "From files to answers"},
	{"36", "demographic and clinical characteristics", NULL, NULL},
	{"37-38", "performance, with its precision", "metrics.tsv", "How good the answers are"},
	{"39", "failures", "curves/failures.tsv", "Wrong answers"},
	{"40", "limits", "metrics.tsv", "What these numbers do not say"},
	{"41", "meaning for practice", NULL, NULL},
	{"42", "full protocol", "commands/0-version", "What was run: the command lines"},
	{"43", "where software, model and data are", NULL, NULL},
	{"44", "funding", NULL, NULL},
};

/* The extension keeps the order of STARD 2015; its items are told by topic here. */
static const struct checklist_item stard[] = {
	{"title, abstract", "a study of diagnostic accuracy of an AI test", "metrics.tsv", "top of this page"},
	{"introduction", "intended use and role of the test; hypotheses", NULL, NULL},
	{"design", "data before or after the tests; eligibility, setting, dates", NULL, NULL},
	{"data", "sources of training and test data, and how they were parted", "list.tsv", "The images"},
	{"index test", "the AI test, its version, input and preparation", "model.safetensors", "What was run"},
	{"index test", "cut-offs, and how they were chosen", "metrics.tsv", "Measures: the threshold; the model's note on it"},
	{"reference", "reference standard, and who knew of what", NULL, NULL},
	{"analysis", "measures of accuracy and their intervals", "metrics.tsv", "How good the answers are"},
	{"analysis", "indeterminate results and missing data", "metrics.tsv", "errors, unlabelled, undecided: counted"},
	{"analysis", "variability: groups, robustness, fairness", "groups.tsv", "Groups; altered images where measured"},
	{"analysis", "sample size", "size.tsv", "How many images an evaluation like this needs"},
	{"results", "flow of participants or images", "list.tsv", "From files to answers"},
	{"results", "demographic and clinical characteristics", NULL, NULL},
	{"results", "test against reference as a table", "curves/confusion.tsv", "Confusion matrix"},
	{"results", "harms, and wrong answers looked into", "curves/failures.tsv", "Wrong answers"},
	{"discussion", "limits", "metrics.tsv", "What these numbers do not say"},
	{"discussion", "meaning for practice", NULL, NULL},
	{"other", "registration, protocol, funding, where code and data are", NULL, NULL},
};

static const struct checklist_item tripod[] = {
	{"1-2", "title and abstract", "metrics.tsv", "top of this page"},
	{"3-4", "context, known inequalities, aims", NULL, NULL},
	{"5", "sources and dates of the data", NULL, NULL},
	{"6", "setting, eligibility, treatments", NULL, NULL},
	{"7", "preparation of the data", "commands/3-prep", "What was run: prep"},
	{"8", "the outcome and how it was assessed", NULL, NULL},
	{"9", "predictors", "commands/3-prep", "the images, as What was run: prep makes them"},
	{"10", "sample size", "list.tsv", "The images; its reason is not known to the tool"},
	{"11", "missing data", "metrics.tsv", "errors and unlabelled images are counted and left out"},
	{"12", "use of data, building and measuring", "commands/4-train", "What was run"},
	{"13", "class imbalance", "commands/4-train", "What was run: train"},
	{"14", "fairness", "groups.tsv", "Groups"},
	{"15", "output of the model and its thresholds", "metrics.tsv", "How good the answers are"},
	{"16", "differences of training and evaluation data", "list.tsv", "The images: split of one source"},
	{"17", "ethical approval", NULL, NULL},
	{"18", "funding, interests, protocol, registration", NULL, NULL},
	{"18e-f", "data and code", "commands/0-version", "What was run: version and command lines"},
	{"19", "involvement of patients and public", NULL, NULL},
	{"20", "flow and characteristics of participants", "list.tsv", "The images: counts; not their characteristics"},
	{"21", "participants and events in each step", "list.tsv", "The images"},
	{"22", "the full model", "model.safetensors", "model.safetensors in the folder"},
	{"23", "performance with intervals, also of groups", "metrics.tsv", "How good the answers are"},
	{"24", "updating of the model", NULL, NULL},
	{"25", "interpretation", NULL, NULL},
	{"26", "limits", "metrics.tsv", "What these numbers do not say"},
	{"27", "use in practice, and next steps", NULL, NULL},
};

/* A file that is there and not empty, or a folder. */
static bool answered(const struct report *r, const char *name)
{
	char *path = xasprintf("%s/%s", r->dir, name ? name : "");
	struct stat st;
	bool known = name && report_look(r, path, &st) && st.st_size > 0;
	const struct table_kind *kind;

	for (int i = 0; known && (kind = table_kind(i)); i++)
		if (!strcmp(kind->file, name))
			known = r->table[i].nrow > 0; /* a header alone answers nothing */
	free(path);
	return known;
}

void section_about(FILE *f, const struct report *r)
{
	const struct columns *t = table_of(r, "about.tsv");

	fputs("<p>In the words of those who ran it (about.tsv).</p>\n<dl class=card>\n", f);
	for (size_t i = 0; i < t->nrow; i++)
		html(f, "<dt>%s</dt><dd>%s</dd>\n", columns_at(t, i, columns_find(t, "item")),
		     columns_at(t, i, columns_find(t, "text")));
	fputs("</dl>\n", f);
}

/* What about.tsv says of what an item asks for: its own item is among the words. NULL: nothing. */
static const char *told(const struct report *r, const char *asks)
{
	const struct columns *t = table_of(r, "about.tsv");

	for (size_t i = 0; i < t->nrow; i++) {
		const char *item = columns_at(t, i, columns_find(t, "item"));
		if (*item && strcasestr(asks, item))
			return columns_at(t, i, columns_find(t, "text"));
	}
	return NULL;
}

static void checklist(FILE *f, const struct report *r, const char *title, const struct checklist_item *item, size_t n)
{
	html(f, "<details><summary>%s</summary>\n<table class=\"list check\">\n<thead><tr><th>item</th><th>asks for</th>"
	     "<th>here</th></tr></thead>\n<tbody>\n", title);
	for (size_t i = 0; i < n; i++) {
		const char *here = answered(r, item[i].file) ? item[i].answer : told(r, item[i].asks);
		html(f, "<tr><td>%s</td><td>%s</td><td>%s</td></tr>\n", item[i].number, item[i].asks,
		     here ? here : "not known to the tool");
	}
	fputs("</tbody></table></details>\n", f);
}

void section_checklists(FILE *f, const struct report *r)
{
	fputs("<p>What a run can know is filled in; the rest is the "
	      "authors'. The items are shortened and in words of our own; the published checklists hold.</p>\n", f);
	checklist(f, r, "CLAIM: artificial intelligence in medical imaging (2024)", claim, sizeof claim / sizeof *claim);
	checklist(f, r, "TRIPOD+AI: prediction models (2024)", tripod, sizeof tripod / sizeof *tripod);
	checklist(f, r, "STARD-AI: diagnostic accuracy (2025)", stard, sizeof stard / sizeof *stard);
}
