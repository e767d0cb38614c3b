/* Sets of scores, row by row: checked, counted, predicted, ranked. */
#include "stat/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/rng.h"

/* Probabilities are float32 and printed with nine digits; what is off by more was not meant as a probability. */
static const double sum_tolerance = 1e-3;

/* Everything grows with its square: more is no table of ours. */
enum { MAX_CLASSES = 1000, MAX_SHIFTS = 1000 };

int scores_start(struct scores *s, char *const *class, int nclass, struct err *e)
{
	*s = (struct scores){.nlogit = -1, .threshold = .5, .rule = "default"};
	if (nclass < 2)
		return err_set(e, "scores of at least two classes are needed");
	if (nclass > MAX_CLASSES)
		return err_set(e, "%d classes, at most %d are handled", nclass, MAX_CLASSES);
	s->class = xreallocarray(NULL, nclass, sizeof *s->class);
	for (; s->nclass < nclass; s->nclass++) {
		if (scores_class(s, class[s->nclass]) >= 0)
			return err_set(e, "class '%s' occurs twice", class[s->nclass]);
		s->class[s->nclass] = xstrdup(class[s->nclass]);
	}
	return 0;
}

int scores_class(const struct scores *s, const char *name)
{
	for (int k = 0; k < s->nclass; k++)
		if (!strcmp(s->class[k], name))
			return k;
	return -1;
}

static int check_numbers(const struct scores *s, const struct score_row *row, struct err *e)
{
	double sum = 0;

	if (row->nz != 0 && row->nz != s->nclass && !(row->nz == 1 && s->nclass == 2))
		return err_set(e, "%d raw outputs do not fit %d classes", row->nz, s->nclass);
	if (s->nlogit >= 0 && row->nz != s->nlogit)
		return err_set(e, "%d raw outputs where others have %d", row->nz, s->nlogit);
	for (int k = 0; k < row->nz; k++)
		if (!isfinite(row->z[k]))
			return err_set(e, "raw output %d is not finite", k + 1);
	for (int k = 0; k < s->nclass; k++) {
		if (!(row->p[k] >= 0 && row->p[k] <= 1))
			return err_set(e, "p of %s is %g, not a probability", s->class[k], row->p[k]);
		sum += row->p[k];
	}
	if (fabs(sum - 1) > sum_tolerance)
		return err_set(e, "the probabilities add up to %g", sum);
	return 0;
}

/* Words that programs put where there is no name: an empty cell, blanks, and what pandas and R write. */
static bool is_nobody(const char *patient)
{
	static const char *const word[] = {"", "nan", "na", "n/a", "none", "null", "unknown", "?", "-"};

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (!strcasecmp(patient + strspn(patient, " "), word[i]))
			return true;
	return false;
}

/* Room for one more item in the three arrays, which grow together. */
static void make_room(struct scores *s)
{
	if (s->n < s->cap)
		return;
	s->cap = s->cap ? 2 * s->cap : 256;
	s->item = xreallocarray(s->item, s->cap, sizeof *s->item);
	s->p = xreallocarray(s->p, s->cap, s->nclass * sizeof *s->p);
	s->z = xreallocarray(s->z, s->cap, (s->nlogit + 1) * sizeof *s->z);
}

/* The scores under the named shift, started when they are the first. */
static struct scores *shifted(struct scores *s, const char *name, struct err *e)
{
	struct scores *of;

	for (int i = 0; i < s->nshifted; i++)
		if (!strcmp(s->shifted[i].shift, name))
			return &s->shifted[i];
	if (s->nshifted == MAX_SHIFTS) {
		err_set(e, "more than %d shifts in x.stress", MAX_SHIFTS);
		return NULL;
	}
	s->shifted = xreallocarray(s->shifted, s->nshifted + 1, sizeof *s->shifted);
	of = &s->shifted[s->nshifted++];
	if (scores_start(of, s->class, s->nclass, e))
		return NULL;
	of->shift = xstrdup(name);
	return of;
}

static bool is_shift(const char *name)
{
	return name && *name && strcmp(name, "none");
}

int scores_add(struct scores *s, const struct score_row *row, struct err *e)
{
	if (is_shift(row->shift) && !s->shift) {
		s = shifted(s, row->shift, e);
		if (!s)
			return -1;
	}
	bool seen = row->status && !strcmp(row->status, "seen");
	int label = scores_class(s, row->label), pred = row->pred ? scores_class(s, row->pred) : -1;

	s->rows++;
	if (row->status && !seen && strcmp(row->status, "ok")) {
		s->errors++;
		return 0;
	}
	if (!*row->id)
		return err_set(e, "the id is empty");
	if (*row->label && label < 0)
		return err_set(e, "label '%s' is none of the classes", row->label);
	bool undecided = row->pred && pred < 0 && !strcmp(row->pred, "undecided");
	if (row->pred && pred < 0 && !undecided)
		return err_set(e, "pred '%s' is none of the classes", row->pred);
	if (check_numbers(s, row, e))
		return -1;
	if (label < 0) {
		s->unlabelled++;
		return 0;
	}
	s->seen += seen;
	s->undecided += undecided;
	s->nlogit = row->nz;
	make_room(s);
	s->item[s->n] = (struct scored_item){xstrdup(row->id), xstrdup(is_nobody(row->patient) ? "" : row->patient),
	                                      row->group ? xstrdup(row->group) : NULL, label, pred, undecided,
	                                      row->spread > 0 ? row->spread : NAN, row->odd > 0 ? row->odd : NAN,
	                                      xstrdup(row->sha256 ? row->sha256 : "")};
	memcpy(s->p + s->n * s->nclass, row->p, s->nclass * sizeof *s->p);
	if (s->nlogit)
		memcpy(s->z + s->n * s->nlogit, row->z, s->nlogit * sizeof *s->z);
	s->n++;
	return 0;
}

/* Names of one folder begin alike: their hashes tell them apart sooner. */
struct hashed_id {
	uint64_t hash;
	const char *id;
};

static int by_hash(const void *a, const void *b)
{
	const struct hashed_id *x = a, *y = b;
	return x->hash != y->hash ? (x->hash > y->hash) - (x->hash < y->hash) : strcmp(x->id, y->id);
}

static int check_ids(const struct scores *s, struct err *e)
{
	struct hashed_id *id = xreallocarray(NULL, s->n, sizeof *id);
	size_t twice = 0;

	for (size_t i = 0; i < s->n; i++)
		id[i] = (struct hashed_id){rng_hash(s->item[i].id, strlen(s->item[i].id)), s->item[i].id};
	qsort(id, s->n, sizeof *id, by_hash);
	for (size_t i = 1; i < s->n && !twice; i++)
		if (!by_hash(&id[i - 1], &id[i]))
			twice = i;
	if (twice)
		err_set(e, "id '%s' occurs twice", id[twice].id);
	free(id);
	return twice ? -1 : 0;
}

void scores_predict(struct scores *s, int positive, double threshold, const char *rule)
{
	for (size_t i = 0; i < s->n; i++)
		s->item[i].pred = s->p[2 * i + positive] >= threshold ? positive : 1 - positive;
	s->threshold = positive == 1 ? threshold : 1 - threshold;
	s->rule = rule;
}

/* Where nothing is predicted, the largest probability. */
static void predict_largest(struct scores *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const double *p = s->p + i * s->nclass;
		int largest = 0;
		for (int k = 1; k < s->nclass; k++)
			if (p[k] > p[largest])
				largest = k;
		if (s->item[i].pred < 0)
			s->item[i].pred = largest;
	}
	s->threshold = NAN;
}

/* The pred column does not say its threshold: it is .5 if that gives the same predictions, else the lowest p that was
 * called positive, else (nobody was, or there is no threshold) not known. */
static void threshold_of_pred(struct scores *s)
{
	double no = -INFINITY, yes = INFINITY;

	for (size_t i = 0; i < s->n; i++) {
		double p = s->p[2 * i + 1];
		if (s->item[i].pred == 1)
			yes = fmin(yes, p);
		else if (s->item[i].pred == 0)
			no = fmax(no, p);
	}
	s->threshold = no < .5 && yes >= .5 ? .5 : no < yes && isfinite(yes) ? yes : NAN;
	for (size_t i = 0; i < s->n; i++)
		if (s->item[i].pred < 0)
			s->item[i].pred = s->p[2 * i + 1] >= (isnan(s->threshold) ? .5 : s->threshold);
}

/* Predictions of all items, and where they come from. */
static void settle_predictions(struct scores *s)
{
	bool told = false;

	for (size_t i = 0; i < s->n && !told; i++)
		told = s->item[i].pred >= 0;
	if (!told && s->nclass == 2) {
		scores_predict(s, 1, s->threshold, s->rule);
		return;
	}
	if (s->nclass == 2)
		threshold_of_pred(s);
	else
		predict_largest(s);
	s->rule = told ? "pred column" : "largest probability";
}

/* Of two classes: the mean of x of the items with y, less that of those without; 0 without either. */
struct two_means {
	double sum[2];
	size_t n[2];
};

static void mean_add(struct two_means *m, bool y, double x)
{
	m->sum[y] += x;
	m->n[y]++;
}

static double mean_gap(const struct two_means *m)
{
	return m->n[0] && m->n[1] ? m->sum[1] / (double)m->n[1] - m->sum[0] / (double)m->n[0] : 0;
}

/* Probabilities rise with raw outputs, and the predicted class has the higher ones. Where it is the other way round on
 * the whole, columns bear each other's names, and every measure would be of the wrong class. Where a network gives all
 * images the same answer they differ by rounding alone, in single precision, which says nothing. */
static int check_column(const struct scores *s, int k, struct err *e)
{
	static const double rounding = 1e-6;
	struct two_means pred = {0}, rank = {0};
	double middle = 0;

	for (size_t i = 0; i < s->n; i++)
		middle += scores_rank(s, i, k) / (double)s->n;
	for (size_t i = 0; i < s->n; i++) {
		double p = s->p[i * s->nclass + k];
		if (s->item[i].pred >= 0)
			mean_add(&pred, s->item[i].pred == k, p);
		mean_add(&rank, scores_rank(s, i, k) > middle, p);
	}
	if (s->nlogit > 0 && mean_gap(&rank) < -rounding)
		return err_set(e, "p of '%s' falls where its raw output rises: columns are swapped", s->class[k]);
	if (mean_gap(&pred) < -rounding)
		return err_set(e, "p of '%s' is lower where it is predicted than where it is not: columns are swapped",
		               s->class[k]);
	return 0;
}

static int check_columns(const struct scores *s, struct err *e)
{
	for (int k = s->nclass == 2; k < s->nclass; k++)
		if (check_column(s, k, e))
			return -1;
	return 0;
}

int scores_end(struct scores *s, struct err *e)
{
	if (s->rows == 0)
		return err_set(e, "no rows to measure");
	if (s->n == 0)
		return err_set(e, "no usable row: %lld without a score, %lld without a label", (long long)s->errors,
		               (long long)s->unlabelled);
	if (check_ids(s, e) || check_columns(s, e))
		return -1;
	settle_predictions(s);
	for (int i = 0; i < s->nshifted; i++)
		if (scores_end(&s->shifted[i], e) || scores_align(&s->shifted[i], s, e))
			return err_prefix(e, "x.stress %s", s->shifted[i].shift);
	return 0;
}

void scored_item_free(struct scored_item *it)
{
	free(it->id);
	free(it->patient);
	free(it->group);
	free(it->sha256);
}

void scores_free(struct scores *s)
{
	for (size_t i = 0; i < s->n; i++) {
		scored_item_free(&s->item[i]);
	}
	for (int k = 0; k < s->nclass; k++)
		free(s->class[k]);
	for (int i = 0; i < s->nshifted; i++)
		scores_free(&s->shifted[i]);
	free(s->shifted);
	free(s->shift);
	free(s->class);
	free(s->item);
	free(s->z);
	free(s->p);
	*s = (struct scores){0};
}

void scores_softmax(const double *z, int nz, double *p)
{
	const double one[] = {0, z[0]};
	int k = nz == 1 ? 2 : nz;
	double top = -INFINITY, sum = 0;

	z = nz == 1 ? one : z;
	for (int i = 0; i < k; i++)
		top = fmax(top, z[i]);
	for (int i = 0; i < k; i++)
		sum += p[i] = exp(z[i] - top);
	for (int i = 0; i < k; i++)
		p[i] /= sum;
}

double scores_rank_of(const double *z, int n, int k)
{
	double top = -INFINITY, sum = 0;

	if (n == 1)
		return k == 1 ? z[0] : -z[0];
	if (n == 2)
		return z[k] - z[1 - k];
	for (int j = 0; j < n; j++)
		if (j != k)
			top = fmax(top, z[j]);
	for (int j = 0; j < n; j++)
		if (j != k)
			sum += exp(z[j] - top);
	return z[k] - top - log(sum);
}

double scores_rank(const struct scores *s, size_t i, int k)
{
	return s->nlogit ? scores_rank_of(s->z + i * s->nlogit, s->nlogit, k) : s->p[i * s->nclass + k];
}
