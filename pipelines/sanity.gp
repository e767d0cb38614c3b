# gnuplot -c sanity.gp TABLE OUT STEPS: agreement of maps as layers are drawn anew, rank correlation and SSIM.
table = ARG1
steps = ARG3
maps = system("awk -F'\t' 'NR > 1 && !s[$3]++ { print $3 }' '".table."'")
set terminal svg size 900,760 dynamic background "white" font "sans,13"
set output ARG2
set multiplot layout 2,1
set key outside right noenhanced
set grid ytics lc rgb "#dddddd"
set xrange [0.5:words(steps) + 0.5]
set yrange [-0.6:1.05]
unset xtics
do for [i = 1:words(steps)] { set xtics add (word(steps, i) i) }
pick(measure, map, i) = "< awk -F'\t' -v m=".measure." -v k='".map."' -v s='".steps."' 'BEGIN { n = split(s, w, \" \"); for (i = 1; i <= n; i++) at[w[i]] = i } $2 == m && $3 == k { if ($1 == \"labels\") print \"\"; print at[$1], $4, $5, $6 }' '".table."'"
do for [measure in "spearman ssim"] {
	set title measure eq "spearman" ? "Agreement with the trained network's maps: rank correlation" : "SSIM"
	set xlabel measure eq "ssim" ? "drawn anew, with all layers behind it; labels: trained on permuted labels" : ""
	plot for [i = 1:words(maps)] pick(measure, word(maps, i), i) using 1:2:3:4 with yerrorlines lw 1.5 lc i pt i title word(maps, i)
}
unset multiplot
