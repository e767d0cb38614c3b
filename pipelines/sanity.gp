# gnuplot -c sanity.gp TABLE OUT STEPS: agreement of maps as layers are drawn anew, rank correlation and SSIM.
table = ARG1
steps = ARG3
# A map's name goes into no command: the i-th is named by its place.
name(i) = system(sprintf("awk -F'\t' 'NR > 1 && !s[$3]++ && ++n == %d { print $3 }' '%s'", i, table))
maps = int(system("awk -F'\t' 'NR > 1 && !s[$3]++ { n++ } END { print n + 0 }' '".table."'"))
set terminal svg size 900,760 dynamic background "white" font "sans,13"
set output ARG2
set multiplot layout 2,1
set key outside right noenhanced
set grid ytics lc rgb "#dddddd"
set xrange [0.5:words(steps) + 0.5]
set yrange [-0.6:1.05]
unset xtics
do for [i = 1:words(steps)] { set xtics add (word(steps, i) i) }
pick(measure, i) = "< awk -F'\t' -v m=".measure." -v k=".i." -v s='".steps."' 'BEGIN { n = split(s, w, \" \"); for (i = 1; i <= n; i++) at[w[i]] = i } NR > 1 && !place[$3] { place[$3] = ++maps } $2 == m && place[$3] == k { if ($1 == \"labels\") print \"\"; print at[$1], $4, $5, $6 }' '".table."'"
do for [measure in "spearman ssim"] {
	set title measure eq "spearman" ? "Agreement with the trained network's maps: rank correlation" : "SSIM"
	set xlabel measure eq "ssim" ? "drawn anew, with all layers behind it; labels: trained on permuted labels" : ""
	plot for [i = 1:maps] pick(measure, i) using 1:2:3:4 with yerrorlines lw 1.5 lc i pt i title name(i)
}
unset multiplot
