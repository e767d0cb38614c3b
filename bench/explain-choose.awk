# explain-choose.awk SANITY... MEANS: the name of the map with the best mean of hit, IoU, pixel AUC and share
# inside, of those that pass the sanity check. SANITY: `name value lo hi`; MEANS: cxr-metrics maps.
NF == 4 { passes[$1] = $4 < .5; next }
$1 ~ /^(hit|iou|pixel_auc|inside)$/ { sum[$2] += $3 }
END {
	for (name in sum)
		if (passes[name] && (best == "" || sum[name] > sum[best] || (sum[name] == sum[best] && name < best)))
			best = name
	print best
}
