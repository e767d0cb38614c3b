/* The one place that keeps the names of measures and puts them into words. */
#include "stat/words.h"

#include <stddef.h>
#include <string.h>

static const struct word answers[] = {
	{"auc", "AUC", "AUC",
	 "chance that a random positive image scores above a random negative one; .5 is guessing", 1, true},
	{"average_precision", "Average precision", "Average precision",
	 "area under the precision-recall curve; the share of positives is guessing", 1, true},
	{"accuracy", "Accuracy", "Accuracy", "images named correctly, of all", 1, true},
	{"balanced_accuracy", "Balanced accuracy", "Balanced accuracy",
	 "mean of the classes' recalls; .5 is guessing between two", 1, true},
	{"recall", "Sensitivity (recall)", "Sensitivity", "positives found, of all positives", 1, true},
	{"specificity", "Specificity", "Specificity", "negatives left alone, of all negatives", 1, true},
	{"precision", "Precision (PPV)", "PPV",
	 "true, of all that were called positive; depends on how common the positives are", 1, true},
	{"npv", "NPV", "NPV", "true, of all that were called negative; depends on how common the positives are", 1, true},
	{"f1", "F1", "F1", "harmonic mean of precision and recall", 1, true},
	{"mcc", "MCC", "MCC", "correlation of answer and truth; 0 is guessing", 1, true},
	{"kappa", "Cohen’s kappa", "Kappa", "agreement beyond chance; 0 is guessing", 1, true},
	{"brier", "Brier score", "Brier", "mean squared error of the probabilities", -1, true},
	{"log_loss", "Log loss", "Log loss", "mean surprise at the truth", -1, false},
	{"ece", "ECE", "ECE", "mean gap between stated and observed probability", -1, true},
	{"ici", "ICI", "ICI", "mean distance of stated probabilities from a smooth calibration curve", -1, false},
	{"partial_auc", "Partial AUC", "Partial AUC",
	 "the ROC curve at specificities from .9 to 1, scaled so that guessing is .5", 1, true},
	{"recall_at_specificity_95", "Sensitivity at specificity .95", "Sens. at .95",
	 "positives found at the threshold that leaves .95 of the negatives alone", 1, true},
	{"aurc", "AURC", "AURC", "mean share of wrong answers among the surest, over all shares kept", -1, true},
	{"stated_precision", "PPV at the stated prevalence", "PPV as stated",
	 "true, of all that would be called positive where positives are as common as stated", 1, true},
	{"stated_npv", "NPV at the stated prevalence", "NPV as stated",
	 "true, of all that would be called negative there", 1, true},
	{"decided", "Decided", "Decided", "images that got an answer, of all", 1, true},
	{"decided_accuracy", "Accuracy of the decided", "Decided acc.", "images named correctly, of those with an answer", 1,
	 true},
	{"odd", "Unlike the training images", "Odd", "images that are odd, of all of which that is known", 0, true},
	{"odd_accuracy", "Accuracy of these", "Odd acc.", "images named correctly, of those unlike the training images", 1,
	 true},
	{"alike_accuracy", "Accuracy of the others", "Alike acc.", "images named correctly, of those like them", 1, true},
};

static const struct word maps[] = {
	{"deletion", "deletion", "deletion", "area under the probability while the hottest pixels go", -1, true},
	{"insertion", "insertion", "insertion", "area under the probability while the hottest pixels come back", 1, true},
	{"deletion_logit", "deletion_logit", "deletion_logit", "the same of the logit", -1, false},
	{"insertion_logit", "insertion_logit", "insertion_logit", "the same of the logit", 1, false},
	{"road_morf", "road_morf", "road_morf", "probability with the hottest pixels filled in", -1, true},
	{"road_lerf", "road_lerf", "road_lerf", "probability with the coldest pixels filled in", 1, true},
	{"road", "road", "road", "half the difference of the two", 1, false},
	{"drop", "drop", "drop", "what is lost where the map hides what is cold", -1, true},
	{"increase", "increase", "increase", "how often that raises the probability", 0, true},
	{"sensitivity_n", "sensitivity_n", "sensitivity_n", "correlation of heat and score over random cells", 1, false},
	{"baseline_p", "baseline_p", "baseline_p", "probability of the image without anything in it", 0, true},
	{"completeness_gap", "completeness_gap", "completeness_gap",
	 "logits that the map’s sum is off from what it is to share out", -1, false},
	{"hit", "hit", "hit", "the hottest place is in the lesion", 1, true},
	{"iou", "iou", "iou", "overlap of the hot places and the lesion", 1, true},
	{"iou_otsu", "iou_otsu", "iou_otsu", "the same, hot being above the cut that best parts the map in two", 1, true},
	{"iou_top", "iou_top", "iou_top", "overlap of the lesion and so many per cent of the image, the hottest", 1, true},
	{"iou_tuned", "iou_tuned", "iou_tuned", "the same with the share that is best on other images", 1, true},
	{"iou_tuned_percent", "iou_tuned_percent", "iou_tuned_percent", "that share", 0, false},
	{"inside", "inside", "inside", "share of the heat in the lesion", 1, true},
	{"pixel_auc", "pixel_auc", "pixel_auc", "the map as a classifier of the lesion's pixels; .5 is guessing", 0, true},
	{"auprc", "auprc", "auprc", "mean precision of the map as a finder of the lesion’s pixels", 1, true},
	{"outside_lungs", "outside_lungs", "outside_lungs", "share of the heat outside the lungs", 0, true},
	{"border", "border", "border", "share of the heat in the outer tenth", 0, true},
	{"corners", "corners", "corners", "share of the heat in the corners", 0, true},
	{"corner_drop", "corner_drop", "corner_drop", "share of the probability that is lost without the corners", 0, false},
	{"lungless_p", "lungless_p", "lungless_p", "probability of the image with its lungs filled in", 0, true},
	{"lungless_auc", "lungless_auc", "lungless_auc", "how well images without their lungs are told apart", -1, true},
	{"spearman", "spearman", "spearman", "agreement of ranks with the first map", 0, false},
	{"ssim", "ssim", "ssim", "likeness to the first map", 0, false},
	{"max_sensitivity", "max_sensitivity", "max_sensitivity",
	 "largest relative change of the map when the image is changed a little", -1, false},
	{"gini", "gini", "gini", "how uneven the heat is", 0, true},
	{"entropy", "entropy", "entropy", "how spread out the heat is", 0, false},
};
enum { ANSWERS = sizeof answers / sizeof *answers, MAPS = sizeof maps / sizeof *maps };

const struct word *word_at(enum word_subject about, int i)
{
	if (about == WORD_ANSWERS)
		return i < ANSWERS ? &answers[i] : NULL;
	return i < MAPS ? &maps[i] : NULL;
}

const struct word *word_find(const char *name)
{
	const struct word *w;

	if (!strcmp(name, "sensitivity"))
		name = "recall";
	if (!strncmp(name, "iou_top", 7))
		name = "iou_top";
	for (int about = WORD_ANSWERS; about <= WORD_MAPS; about++)
		for (int i = 0; (w = word_at(about, i)); i++)
			if (!strcmp(w->name, name))
				return w;
	return NULL;
}

bool word_is_baseline(const char *map)
{
	static const char *const name[] = {"random", "gaussian", "edges", "prior"};

	size_t length = strcspn(map, ".");

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (strlen(name[i]) == length && !strncmp(map, name[i], length))
			return true;
	return false;
}
