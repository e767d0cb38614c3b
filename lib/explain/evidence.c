/* What is measured of a map: a table of measures, what each needs, and the trials of the network that they share. */
#include "explain/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "explain/head.h"
#include "explain/witness.h"

enum { LUNGS = 1, TRUTH = 2, SHAKEN = 4 };

/* In the order of the list. */
static const struct {
	const char *name, *group;
	unsigned trials, needs;
	double (*value)(const struct exhibit *x);
} table[EVIDENCE_COUNT] = {
	{"deletion", "faithfulness", TRIAL(DELETE), 0, deletion_of},
	{"insertion", "faithfulness", TRIAL(INSERT), 0, insertion_of},
	{"deletion_logit", "faithfulness", TRIAL(DELETE), 0, deletion_logit_of},
	{"insertion_logit", "faithfulness", TRIAL(INSERT), 0, insertion_logit_of},
	{"road_morf", "faithfulness", TRIAL(MORF), 0, road_morf_of},
	{"road_lerf", "faithfulness", TRIAL(LERF), 0, road_lerf_of},
	{"road", "faithfulness", TRIAL(MORF) | TRIAL(LERF), 0, road_of},
	{"drop", "faithfulness", TRIAL(KEEP), 0, drop_of},
	{"increase", "faithfulness", TRIAL(KEEP), 0, increase_of},
	{"sensitivity_n", "faithfulness", TRIAL(SUBSETS), 0, sensitivity_n_of},
	{"baseline_p", "faithfulness", TRIAL(BLANK), 0, baseline_p_of},
	{"completeness_gap", "faithfulness", TRIAL(BLANK), 0, completeness_gap_of},
	{"hit", "localisation", 0, TRUTH, hit_of},
	{"iou", "localisation", 0, TRUTH, iou_of},
	{"iou_otsu", "localisation", 0, TRUTH, iou_otsu_of},
	{"inside", "localisation", 0, TRUTH, inside_of},
	{"pixel_auc", "localisation", 0, TRUTH, pixel_auc_of},
	{"auprc", "localisation", 0, TRUTH, auprc_of},
	{"outside_lungs", "where", 0, LUNGS, outside_lungs_of},
	{"border", "where", 0, 0, border_of},
	{"corners", "where", 0, 0, corners_of},
	{"corner_drop", "where", TRIAL(CORNERS), 0, corner_drop_of},
	{"lungless_p", "where", TRIAL(LUNGLESS), LUNGS, lungless_p_of},
	{"spearman", "agreement", 0, 0, spearman_of},
	{"ssim", "agreement", 0, 0, ssim_of},
	{"max_sensitivity", "robustness", 0, SHAKEN, max_sensitivity_of},
	{"gini", "complexity", 0, 0, gini_of},
	{"entropy", "complexity", 0, 0, entropy_of},
#define X(percent) {"iou_top" #percent, "overlap", 0, TRUTH, iou_top##percent##_of},
	EVIDENCE_TOPS(X)
#undef X
};

const char *evidence_name(enum evidence v)
{
	return table[v].name;
}

bool evidence_wants_truth(enum evidence v)
{
	return table[v].needs & TRUTH;
}

bool evidence_wants_lungs(enum evidence v)
{
	return table[v].needs & LUNGS;
}

bool evidence_wants_runs(enum evidence v)
{
	return table[v].trials;
}

bool evidence_wants_shakes(enum evidence v)
{
	return table[v].needs & SHAKEN;
}

static bool add(const char *name, bool *wanted)
{
	bool found = false;

	for (int v = 0; v < EVIDENCE_COUNT; v++)
		if (!strcmp(name, table[v].name) || !strcmp(name, table[v].group) || !strcmp(name, "all"))
			wanted[v] = found = true;
	return found;
}

static int no_measure(const char *name, struct err *e)
{
	struct text names = {0};

	for (int v = 0; v < EVIDENCE_COUNT; v++)
		text_addf(&names, "%s, ", table[v].name);
	err_set(e, "no measure '%s': choose one of %sor of the groups faithfulness, localisation, where, overlap, "
	        "agreement, robustness, complexity, all", name, names.s);
	text_free(&names);
	return -1;
}

int evidence_parse(const char *list, bool wanted[EVIDENCE_COUNT], struct err *e)
{
	int n, rc = 0;
	char **name = choice_split(list, ',', &n);

	memset(wanted, 0, EVIDENCE_COUNT * sizeof *wanted);
	for (int k = 0; k < n && !rc; k++)
		if (!add(name[k], wanted))
			rc = no_measure(name[k], e);
	free(name);
	return rc;
}

/* ---- running trials: exhibit i's scores are [TRIAL_COUNT] pieces of logits, then as many probabilities */

static unsigned trials_of(const struct inquest *q)
{
	unsigned trials = 0;

	for (int v = 0; v < EVIDENCE_COUNT; v++)
		trials |= q->wanted[v] ? table[v].trials : 0;
	return trials;
}

int inquest_runs(const struct inquest *q)
{
	int runs = 0;

	for (int t = 0; t < TRIAL_COUNT; t++)
		runs += trials_of(q) >> t & 1 ? trial_runs(t) : 0;
	return runs;
}

int inquest_open(struct inquest *q, int batch, struct err *e)
{
	q->batch = batch;
	return trials_of(q) ? runner_open(&q->runner, RUN_SCORES, q->net, batch, q->pool, e) : 0;
}

void inquest_close(struct inquest *q)
{
	runner_close(&q->runner);
}

struct hearing {
	struct inquest *q;
	struct exhibit *x, **asked; /* all; those that the trial is of */
	enum trial trial;
	int count, at; /* runs of the trial, place of its scores */
	float *prob;
};

static void fill(void *ctx, int i, float *input)
{
	struct hearing *h = ctx;

	trial_fill(h->asked[i / h->count], h->trial, i % h->count, input);
}

static int class_of(void *ctx, int i)
{
	struct hearing *h = ctx;

	return h->asked[i / h->count]->class;
}

static void take_score(void *ctx, int i, double score, const struct plan *p, int slot)
{
	struct hearing *h = ctx;
	struct exhibit *x = h->asked[i / h->count];
	const struct net *n = h->q->net;
	int at = h->at + i % h->count;

	net_probs(n, plan_value(p, n->g->output) + (size_t)slot * (size_t)net_logits(n), h->prob);
	x->score[2 * at] = score;
	x->score[2 * at + 1] = (double)h->prob[x->class];
}

static int all_runs(void)
{
	int runs = 0;

	for (int t = 0; t < TRIAL_COUNT; t++)
		runs += trial_runs(t);
	return runs;
}

/* What trials put in place of the image's pixels. */
static void prepare_blanks(const struct inquest *q, struct exhibit *x)
{
	const struct blank blurred = {.kind = BLANK_blur};
	size_t n = node_floats(q->net->g->input);

	x->nothing = xreallocarray(NULL, n, 2 * sizeof *x->nothing);
	x->start = x->nothing + n;
	blank_fill(&q->blank, q->net, x->image, x->nothing);
	blank_fill(q->blank.given ? &q->blank : &blurred, q->net, x->image, x->start);
}

static void prepare(void *ctx, size_t i, int worker)
{
	struct hearing *h = ctx;
	const struct node *in = h->q->net->g->input;
	struct exhibit *x = &h->x[i];

	(void)worker;
	x->h = in->h;
	x->w = in->w;
	x->c = in->c;
	x->seed = h->q->seed;
	x->score = xcalloc(2 * (size_t)all_runs(), sizeof *x->score);
	x->order = NULL;
	x->nothing = NULL;
	if (trials_of(h->q) & ~TRIALS_OF_IMAGES) {
		x->order = heat_order(x);
		prepare_blanks(h->q, x);
	}
}

static void judge(void *ctx, size_t i, int worker)
{
	struct hearing *h = ctx;
	struct exhibit *x = &h->x[i];

	(void)worker;
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		x->value[v] = h->q->wanted[v] ? table[v].value(x) : (double)NAN;
	free(x->score);
	free(x->order);
	free(x->nothing);
}

/* Runs the network for the exhibits that the trial is of; the others count as done. */
static void run_trial(struct hearing *h, int n)
{
	struct inquest *q = h->q;
	int asked = 0;

	for (int i = 0; i < n; i++)
		if (trial_is_of(&h->x[i], h->trial))
			h->asked[asked++] = &h->x[i];
	struct runs runs = {asked * h->count, h, fill, class_of, take_score, q->tick, q->tick_ctx};

	runner_run(&q->runner, &runs);
	if (q->tick && asked < n)
		q->tick(q->tick_ctx, (n - asked) * h->count);
}

void inquest_hold(struct inquest *q, struct exhibit *x, int n)
{
	struct hearing h = {.q = q, .x = x, .asked = xcalloc((size_t)n, sizeof(struct exhibit *)),
	                    .prob = xcalloc((size_t)q->net->classes.n, sizeof *h.prob)};

	pool_run(q->pool, (size_t)n, prepare, &h);
	for (int t = 0; t < TRIAL_COUNT; h.at += trial_runs(t++)) {
		h.trial = t;
		h.count = trial_runs(t);
		if (trials_of(q) >> t & 1)
			run_trial(&h, n);
	}
	pool_run(q->pool, (size_t)n, judge, &h);
	free(h.asked);
	free(h.prob);
}
