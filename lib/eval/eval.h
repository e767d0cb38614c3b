#ifndef EVAL_EVAL_H
#define EVAL_EVAL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/boxlist.h"
#include "base/choice.h"
#include "stat/metrics.h"
#include "stat/scores.h"

/* What is done with sets of scores beyond measuring one (stat/metrics.h): calibrating and choosing on others, comparing
 * two, parting one into groups, shifts, and the measures of heat maps. Everything is written to a FILE of the caller's;
 * write errors are left in it. */

/* As scores_read, from a stream whose items carry `logit` and `prob` (cxr-infer). The threshold is the models'. */
int eval_stream(struct scores *s, struct source *src, const struct filter *filter, int nfilter, struct err *e);

/* What two sets of scores share. */
struct eval_shared {
	size_t images, patients; /* of b, that are also in a: by id, and by patient where that is known */
};
struct eval_shared eval_shared(const struct scores *a, const struct scores *b);

/* May s be calibrated, and its threshold chosen, on `on`? -1 when the classes are others, when images of `on` were
 * trained on (unless seen), and when images or patients of `on` are measured on, too (unless shared). *both has what is
 * shared. */
struct eval_permit {
	bool seen, shared;
};
int eval_others(const struct scores *on, const struct scores *s, struct eval_permit permit, struct eval_shared *both,
                struct err *e);
/* The last of these alone. */
int eval_apart(const struct scores *on, const struct scores *s, struct eval_permit permit, struct eval_shared *both,
               struct err *e);

/* Scaling of raw outputs: a temperature (Guo 2017; intercept 0, slope 1 / temperature) or, of two classes, Platt's line
 * (Platt 1999) on the log odds of the positive class. Fitted to images as they are, never under shifts: what these
 * blur is no error of the scale. -1 where nothing can be fitted. */
struct calibration {
	double intercept, slope;
};
int eval_calibrate(struct calibration *k, const struct scores *on, int positive, bool platt, struct err *e);
/* Replaces the probabilities of s. */
void eval_apply(const struct calibration *k, int positive, struct scores *s);

/* Where a threshold is chosen: on the images as they are, or on these and under every shift. */
enum eval_where { EVAL_CLEAN, EVAL_STRESS };
/* The threshold on p of the positive class that the rule chooses on `on`; 0 or -1 as stat_choose. */
int eval_choose(const struct threshold_rule *rule, const struct scores *on, enum eval_where where, int positive,
                double *threshold, struct err *e);
/* A hair lower: a model states probabilities in single precision, and the image whose probability was chosen must not
 * fall below it by rounding. */
double eval_threshold_for_model(double threshold);
/* The scores of s under shifts get the calibration (NULL: none) and, when chosen, the threshold of s. */
void eval_follow(const struct calibration *k, bool chosen, int positive, struct scores *s);
/* Of two classes, rows <chosen>.threshold, <chosen>.clean.sensitivity, .specificity and the same .stress: the threshold
 * that the rule chooses on images as they are (chosen_clean) and under shifts (chosen_stress), and what it comes to. */
void eval_operating(struct metrics *m, const struct threshold_rule *rule);

/* What was fitted on `on`, as rows `name value` that cxr-model set --from reads: of the last class, as a model has it.
 * k NULL, threshold NaN: none. */
void eval_calibration_write(const struct calibration *k, double threshold, int positive, const struct scores *on,
                            const char *note, FILE *f);

/* Rows conformal.<class> of the same file: when not to answer (stat/conformal.h). None without raw outputs, which the
 * cuts are of: no calibration moves them. */
void eval_cuts_write(const struct scores *on, enum eval_where where, FILE *f);

/* Rows figure.<measure> `value lo hi` of the same file: how good the model was where it was calibrated. */
void eval_figures_write(const struct metrics *m, FILE *f);

/* How many images give intervals of these widths: of recall, specificity and AUC; of the ratio of observed to expected
 * positives; of the calibration slope. Rows `measure value width independent design_effect images level method`, for
 * the prevalence of the metrics or the one they state. -1 with other than two classes, or one only. */
struct eval_widths {
	double share, ratio, slope;
};
int eval_size(const struct metrics *m, const struct eval_widths *w, FILE *f, struct err *e);

/* Rows stress.<shift>.<measure> and what they are together; there must be shifts. 0 or -1. */
int stress_measure(struct metrics *m, struct err *e);
void stress_table(const struct metrics *m, FILE *f); /* for people; nothing without shifts */

/* Rows `metric value other difference lo hi p noninferior margin note`: s less other, which is put into the order of s.
 * AUC by DeLong's paired test, accuracy by McNemar's, both counting patients where some have several images; the rest
 * by the bootstrap. -1 when the two are not about the same images and classes. noninferior: yes where the whole
 * interval says that s is worse by less than the margin; "" with margin 0 and without interval. note: why there is
 * none. */
int eval_compare(const struct scores *s, struct scores *other, const struct metrics_how *how, double margin, FILE *f,
                 struct err *e);

/* Each group of s (a filter without value made them) against all other images, intervals from one set of resamples. */
int eval_groups(const struct scores *s, const struct metrics_how *how, FILE *f, struct err *e);

/* The table of cxr-cam -t --measure: a row a map. */
struct map_table {
	struct word_list maps;      /* names, in the order of the table */
	char **measure;
	int nmeasure;
	int against;            /* the map that differences are taken to, -1: none are */
	struct scores items;    /* the images: only who they are */
	struct map_row {
		size_t item;
		int map;
		double *value;      /* [nmeasure], NaN where it is not defined */
	} *row;
	size_t n, cap, failed;  /* failed: rows that say why there is no map */
	size_t again;           /* rows of an image and map that other rows are of, too */
	/* columns of the table */
	int id, label, patient, class, map, status;
};
/* Rows of a class that their image does not have, and failed ones, are passed over; none may be left (n = 0). 0 or -1;
 * map_table_free it in either case. */
int map_table_read(struct map_table *m, struct source *src, const struct filter *filter, int nfilter, struct err *e);
void map_table_free(struct map_table *m);
/* From here on differences of means to that of the map of that name are written. -1: there is none. */
int map_table_against(struct map_table *m, const char *name, struct err *e);
/* Two more measures, iou_tuned and iou_tuned_percent: of each map that of iou_topN which is best in the mean on other
 * images, and its N. -1: a table has none of them. */
int map_table_tune(struct map_table *m, const struct map_table *on, struct err *e);
/* Rows `measure map value lo hi n`: means over images, intervals by resampling patients. */
void map_table_write(const struct map_table *m, const struct bootstrap *how, FILE *f);

/* Are the lesions found? Hot parts of maps (cxr-cam --boxes-out), each with a score, peak times probability of its
 * class, and where the lesions are. Of the parts of at least a score, one whose peak is in a box finds that lesion; one
 * in no box is a false positive; one in a box that a better one has found is neither (as LUNA16 counts, Setio 2017).
 * FROC: the share of the lesions found against the false positives per image, all images together (Bunch 1978). */
struct froc {
	struct word_list maps;    /* names, in the order of the table */
	struct scores items;  /* the images: only who they are */
	int *lesions;         /* [items.n] */
	struct froc_part {
		size_t item;
		int map, lesion;  /* of its image, -1: none */
		double score;
	} *part;              /* best first, of each map */
	size_t n, cap, lesioncap;
	size_t unknown;       /* images of the class that the truth does not list: left out */
};
/* An image of another class than the one that is explained has no lesions. 0 or -1; froc_free it in either case. */
int froc_read(struct froc *r, struct source *parts, const struct boxlist *truth, struct err *e);
void froc_free(struct froc *r);
/* Rows `measure map value lo hi n`: froc_X, the share found with at most X false positives per image, and their mean
 * froc; n lesions. None, and -1, where there is no lesion to be found. */
int froc_write(const struct froc *r, const struct bootstrap *how, FILE *f, struct err *e);
/* Rows `map score false_positives sensitivity`, a row for every score. */
void froc_curve(const struct froc *r, FILE *f);

#endif
