/* CLAIM (2020) and TRIPOD+AI (2024): their items in our own words, and where this page answers them. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "report/chapters.h"

/* What is in `file` of the folder answers the item; NULL: nothing in a folder can. */
struct checklist_item {
	const char *number, *asks, *file, *answer;
};

static const struct checklist_item claim[] = {
	{"1-2", "title and summary name the kind of method", "metrics.tsv", "top of this page"},
	{"3-4", "clinical background, aim and hypotheses", NULL, NULL},
	{"5-6", "prospective or retrospective; kind of study", NULL, NULL},
	{"7", "where the data come from", "list.tsv", "The images: files and counts; not their origin"},
	{"8", "who was included, and when and where", NULL, NULL},
	{"9", "steps before the network", "commands/3-prep", "What was run: prep"},
	{"10", "how parts of the data were chosen", "commands/2-list", "What was run: list"},
	{"11", "definition of each data element", NULL, NULL},
	{"12", "de-identification", NULL, NULL},
	{"13", "what was done about missing data", "metrics.tsv", "errors and unlabelled images are counted and left out"},
	{"14-18", "reference standard, its annotators, tools and agreement", NULL, NULL},
	{"19", "sample size and its reason", "list.tsv", "The images: size; its reason is not known to the tool"},
	{"20-21", "splits, and the level at which they are disjoint", "list.tsv", "The images: by patient where known"},
	{"22", "the model, its input and output", "model.safetensors", "What was run: the model"},
	{"23", "software and versions", "commands/0-version", "What was run: version"},
	{"24", "how weights were initialised", "commands/4-train", "What was run: train"},
	{"25", "training in full", "commands/4-train", "Training; What was run: train"},
	{"26", "how the final model was chosen", "log.tsv", "Training: the epoch that was kept"},
	{"27", "ensembling", "commands/4-train", "What was run"},
	{"28", "measures of performance", "metrics.tsv", "How good the answers are"},
	{"29", "uncertainty of the measures", "metrics.tsv", "intervals beside each measure"},
	{"30", "robustness", "metrics-stress.tsv", "How they hold up on altered images"},
	{"31", "explanations, and whether they were checked", "overlays", "Where it looked; checked where it has measures"},
	{"32", "test on external data", NULL, NULL},
	{"33", "flow of cases", "metrics.tsv", "The images; errors and unlabelled in report.json"},
	{"34", "demographic and clinical characteristics", NULL, NULL},
	{"35-36", "performance with precision", "metrics.tsv", "How good the answers are"},
	{"37", "failures", "curves/failures.tsv", "Wrong answers"},
	{"38", "limits", "metrics.tsv", "What these numbers do not say"},
	{"39", "meaning for practice", NULL, NULL},
	{"40-42", "registration, protocol, funding", NULL, NULL},
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
	bool known = name && !stat(path, &st) && st.st_size > 0;
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
	checklist(f, r, "CLAIM: artificial intelligence in medical imaging (2020)", claim, sizeof claim / sizeof *claim);
	checklist(f, r, "TRIPOD+AI: prediction models (2024)", tripod, sizeof tripod / sizeof *tripod);
}
