/* Written by tests/ref/explain_evidence.py: iou inside pixel_auc spearman ssim gini entropy */
static const double golden_evidence[7] = {
	0.109489051, 0.167820471, 0.404309006, 0.761474107, 0.682636062, 0.560537404, 0.879400079,
};
