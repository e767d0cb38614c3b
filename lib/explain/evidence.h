#ifndef EXPLAIN_EVIDENCE_H
#define EXPLAIN_EVIDENCE_H

#include "explain/blank.h"
#include "explain/map.h"

/* What can be said for or against a map, each a number. Maps are finished ones (scale.h) of the image's size,
 * negative values taken as none, but for agreement, which takes them as they are; p is the class's probability. NaN
 * where it is not defined: no truth, or what a map without signal cannot have. Beside a truth such a map is a miss: no
 * hit, nothing inside, a pixel AUC of .5.
 *
 *   deletion     area under p while the hottest pixels first become nothing (blank.h; gray), 5 % at a time (Petsiuk
 *                2018): low is good
 *   insertion    the same while they come back into nothing (the blurred image unless another is given): high is good
 *   deletion_logit, insertion_logit  the same under the score: where p is near 1 from start to end it says nothing
 *   road_morf    mean p with the hottest 10 .. 90 % of the pixels filled in from their neighbours (Rong 2022): low
 *   road_lerf    with the coldest: high;  road: half the difference, high
 *   drop         share of p that is lost when the map is laid over the image (Chattopadhay 2018): low
 *   increase     1 where p rises by that, else 0: high
 *   sensitivity_n  correlation of the heat in a random seventh of the cells and the score lost without it (Ancona 2018)
 *   baseline_p   p of nothing itself: the methods that start from it share out only the rest
 *   completeness_gap  by how much the sum of a map that is to share out the score of the image less that of nothing
 *                (method_sums) misses it, in logits
 *   hit          is the hottest place inside the truth (Zhang 2018)? Several as hot: the share of them
 *   iou          overlap of truth and the places of at least half the maximum, by their union
 *   iou_otsu     the same of the places above Otsu's cut (map_otsu)
 *   iou_topN     of the hottest N % of the image: which N is best can be learned from other images
 *   inside       share of the heat inside the truth
 *   pixel_auc    does heat tell pixels inside from those outside: area under the ROC curve
 *   auprc        and the mean precision over its recall; a map that knows nothing has the truth's share of the image
 *   outside_lungs  share of the heat outside the lungs
 *   border       share in the outer tenth on each side (a uniform map: .36)
 *   corners      share in four squares of a fifth of the sides (.16)
 *   corner_drop  share of p that is lost when those squares are filled in from around them; of the image, so
 *                only beside its first map
 *   lungless_p   p when the lungs, grown by a 28th of the width, are filled in so: what the rest of the image says; of
 *                the image, too. Whose order by it tells the classes apart, there it is not the lungs that tell
 *   spearman     rank correlation with the map to agree with;  ssim: structural similarity (Wang 2004, windows of 8)
 *   max_sensitivity  largest change of the map under small noise on the image, as a share of it (blend_shake)
 *   gini         unevenness, 0 uniform .. 1 in one place;  entropy: 1 uniform .. 0
 *
 * X(name) */
#define EVIDENCE_TOPS(X) X(1) X(2) X(5) X(10) X(15) X(20) X(30)
#define EVIDENCES(X) \
	X(deletion) X(insertion) X(deletion_logit) X(insertion_logit) X(road_morf) X(road_lerf) X(road) X(drop) \
	X(increase) X(sensitivity_n) X(baseline_p) X(completeness_gap) \
	X(hit) X(iou) X(iou_otsu) X(inside) X(pixel_auc) X(auprc) X(outside_lungs) X(border) X(corners) X(corner_drop) \
	X(lungless_p) X(spearman) X(ssim) X(max_sensitivity) X(gini) X(entropy)
enum evidence {
#define X(name) EVIDENCE_##name,
	EVIDENCES(X)
#undef X
#define X(percent) EVIDENCE_iou_top##percent,
	EVIDENCE_TOPS(X)
#undef X
	EVIDENCE_COUNT
};
const char *evidence_name(enum evidence v);
bool evidence_wants_truth(enum evidence v);
bool evidence_wants_lungs(enum evidence v);
bool evidence_wants_runs(enum evidence v);
bool evidence_wants_shakes(enum evidence v);
/* A comma list, or a group by name: faithfulness, localisation, where, overlap, agreement, robustness, complexity,
 * all. The message lists both. */
int evidence_parse(const char *list, bool wanted[EVIDENCE_COUNT], struct err *e);

/* A map and what is known of its image. All borrowed. */
struct exhibit {
	const float *map, *image;         /* [h,w]; [h,w,c] as the network gets it */
	const unsigned char *truth, *lungs; /* [h,w], 1 inside, else 0; NULL: not known */
	const float *first;                 /* the map to agree with; NULL: not defined */
	bool leads;                         /* it is its image's first */
	double shaken;                      /* by blend_shake */
	const double *sum; /* what the raw map adds up to; NULL: it is not meant to be a score */
	int class;
	uint64_t item;
	double value[EVIDENCE_COUNT];       /* result: NaN where not wanted */
	/* private */
	int h, w, c, *order;
	float *nothing, *start; /* what deletion puts, what insertion starts from: [h,w,c] */
	uint64_t seed;
	double *score;
};
struct inquest {
	struct net *net;   /* borrowed, as the pool is */
	struct pool *pool;
	bool wanted[EVIDENCE_COUNT];
	struct blank blank; /* what deletion, drop and sensitivity_n put (gray), and insertion starts from (blur) */
	uint64_t seed;     /* of ties and random subsets; with the item's number */
	void (*tick)(void *ctx, int n); /* n of inquest_runs for each exhibit are done; NULL */
	void *tick_ctx;
	/* private */
	struct runner runner;
	int batch;
};
/* net, pool, wanted, seed are set. -1: memory. */
int inquest_open(struct inquest *q, int batch, struct err *e);
void inquest_close(struct inquest *q);
int inquest_runs(const struct inquest *q); /* runs of the network for each map */
void inquest_hold(struct inquest *q, struct exhibit *x, int n);

#endif
