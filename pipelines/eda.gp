# gnuplot -c eda.gp DIR EDA.AWK: DIR/levels.svg and sizes.svg from the tables that cxr-eda wrote there, for cxr-report to
# inline. Text takes the colour of the page.
tables(what, file) = sprintf("< awk -f '%s' -v what=%s %s", ARG2, what, file)
cd ARG1
set term svg size 400,300 dynamic font "system-ui,Helvetica,DejaVu Sans,sans-serif,13" lw 1
set datafile separator tab
set border 3 lw .6 lc rgb "#888888"
set tics nomirror scale .4
set grid lt 1 lw .5 lc rgb "#C0888888"
set key outside above horizontal samplen 1.6 noenhanced
set lmargin 8
set rmargin 2.5
set bmargin 3.2
array color[6] = ["#3a78b5", "#cf5640", "#4d9a6a", "#9a6fb0", "#b58a2e", "#5f7f8c"]
do for [k=1:6] { set linetype k lc rgb color[k] }
set linetype cycle 6

dashes = system(sprintf("awk -f '%s' -v what=dashes levels.tsv", ARG2))
named = system(sprintf("awk -f '%s' -v what=named levels.tsv", ARG2))
set output "levels.svg"
set xlabel "intensity"
set ylabel "share of the pixels" offset 1
set xrange [0:256]
set xtics 64
set yrange [0:*]
plot for [i=1:words(dashes)] tables("levels", "levels.tsv") index i - 1 using ($1 + 4):2:3 with lines lw 1.6 \
	lc variable dt int(word(dashes, i)) title word(named, i) eq "1" ? columnhead(1) : ""

sets = int(system(sprintf("awk -f '%s' -v what=sizes sizes.tsv | awk 'NF == 0 { n++ } END { print int((n + 1) / 2) }'", ARG2)))
if (sets > 0) {
	stats tables("sizes", "sizes.tsv") using 1 nooutput
	wide = STATS_max
	stats tables("sizes", "sizes.tsv") using 2 nooutput
	wide = STATS_max > wide ? STATS_max : wide
	set output "sizes.svg"
	set xrange [0:1.15 * wide]
	set yrange [0:1.15 * wide]
	set xtics autofreq
	set xlabel "width of the file, pixels"
	set ylabel "height" offset 1
	set style fill transparent solid .45 noborder
	plot x with lines lw .8 dt 2 lc rgb "#888888" notitle, \
		for [i=1:sets] tables("sizes", "sizes.tsv") index i - 1 using 1:2:(sqrt($3 / $5) * .08 * wide):4 with circles \
		lc variable title columnhead(1)
}
