#ifndef EXPLAIN_WITNESS_H
#define EXPLAIN_WITNESS_H

#include "explain/evidence.h"

/* Private to lib/explain: images made from an image and its map, on which the network is run. */
enum trial { TRIAL_DELETE, TRIAL_INSERT, TRIAL_MORF, TRIAL_LERF, TRIAL_KEEP, TRIAL_SUBSETS, TRIAL_CORNERS,
             TRIAL_BLANK, TRIAL_LUNGLESS, TRIAL_COUNT };
#define TRIAL(t) (1u << TRIAL_##t)
/* Of the image, not of its maps: tried with the first of them only. */
#define TRIALS_OF_IMAGES (TRIAL(CORNERS) | TRIAL(LUNGLESS))
int trial_runs(enum trial t);
/* Is there something to try? */
bool trial_is_of(const struct exhibit *x, enum trial t);
void trial_fill(const struct exhibit *x, enum trial t, int i, float *v);
int *heat_order(const struct exhibit *x); /* pixels, hottest first, ties at random: fresh [h*w] */

/* Of the trials' scores: logit at [t's runs], probability after it. */
double deletion_of(const struct exhibit *x);
double insertion_of(const struct exhibit *x);
double deletion_logit_of(const struct exhibit *x);
double insertion_logit_of(const struct exhibit *x);
double road_morf_of(const struct exhibit *x);
double road_lerf_of(const struct exhibit *x);
double road_of(const struct exhibit *x);
double drop_of(const struct exhibit *x);
double increase_of(const struct exhibit *x);
double sensitivity_n_of(const struct exhibit *x);
double corner_drop_of(const struct exhibit *x);
double lungless_p_of(const struct exhibit *x);
double baseline_p_of(const struct exhibit *x);
double completeness_gap_of(const struct exhibit *x);

/* Of the map alone. */
bool in_corner(const struct exhibit *x, int at);
double hit_of(const struct exhibit *x);
double iou_of(const struct exhibit *x);
double iou_otsu_of(const struct exhibit *x);
#define X(percent) double iou_top##percent##_of(const struct exhibit *x);
EVIDENCE_TOPS(X)
#undef X
double inside_of(const struct exhibit *x);
double pixel_auc_of(const struct exhibit *x);
double auprc_of(const struct exhibit *x);
double outside_lungs_of(const struct exhibit *x);
double border_of(const struct exhibit *x);
double corners_of(const struct exhibit *x);
double spearman_of(const struct exhibit *x);
double ssim_of(const struct exhibit *x);
double max_sensitivity_of(const struct exhibit *x);
double gini_of(const struct exhibit *x);
double entropy_of(const struct exhibit *x);

#endif
