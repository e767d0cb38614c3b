# Of a score table, the list of a few images to try methods on: the surest wrong answers, at most half of them, then
# the surest right ones, of each class in turn.
BEGIN { FS = OFS = "\t"; N = 6 }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
$at["label"] == "" || ($at["status"] != "ok" && $at["status"] != "seen") { next }
{
	n++
	id[n] = $at["id"]; label[n] = $at["label"]; pred[n] = $at["pred"]; p[n] = $at["p_" $at["pred"]]
	if (!(label[n] in class)) { class[label[n]]; order[++classes] = label[n] }
}
# The surest that is left: wrong, or right and of class k; 0: none.
function surest(wrong, k,    i, best) {
	for (i = 1; i <= n; i++)
		if (!(i in used) && (label[i] != pred[i]) == wrong && (wrong || label[i] == order[k]) && p[i] > p[best] + 0)
			best = i
	if (best) { used[best]; taken++; print id[best], label[best], pred[best], p[best] }
	return best
}
END {
	print "path", "label", "pred", "p"
	while (taken < N / 2 && surest(1, 0));
	for (k = 1; taken < N && misses < classes; k = k % classes + 1) misses = surest(0, k) ? 0 : misses + 1
}
