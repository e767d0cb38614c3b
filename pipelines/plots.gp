# gnuplot -c plots.gp DIR HISTOGRAM.AWK PLOTS: DIR/PLOTS/*.svg from the tables in DIR, for cxr-report to inline. Text
# takes the colour of the page; the two colours are chosen to be read on white and on black.
histogram = ARG2 # absolute
plots = ARG3
cd ARG1
set term svg size 400,300 dynamic font "system-ui,Helvetica,DejaVu Sans,sans-serif,13" lw 1
set datafile separator tab columnheaders
set border 3 lw .6 lc rgb "#888888"
set tics nomirror scale .4
set grid lt 1 lw .5 lc rgb "#C0888888"
set key outside above horizontal samplen 1.2 spacing 1.1 noenhanced # inside no corner is empty for sure
set lmargin 6.5
set rmargin 1.5
set bmargin 3.2
set style fill solid noborder
blue = "#3a78b5"
red = "#cf5640"
gray = "#888888"
has(file) = system(sprintf("test -s %s && echo 1", file)) eq "1"
cell(row) = system("awk -F'\\t' '$1==\"".row."\" {print $2==\"nan\" ? -1 : $2}' metrics.tsv")
metric(row) = cell(row) eq "" ? -1 : real(cell(row)) # -1, outside every plot, where it is not defined

if (has("log.tsv")) {
	epochs = real(system("awk 'END{print NR-1}' log.tsv"))
	set xrange [0.5:epochs + .5]
	set xtics 1, ceil(epochs / 10.)
	set xlabel "epoch"
	set output plots."/loss.svg"
	set yrange [0:*]
	plot "log.tsv" using "epoch":"train_loss" with lines lw 2 lc rgb blue title "train", \
	     "" using "epoch":"train_loss":(epochs / 80) with circles lc rgb blue notitle, \
	     "" using "epoch":"val_loss" with lines lw 2 lc rgb red title "val", \
	     "" using "epoch":"val_loss":(epochs / 80) with circles lc rgb red notitle
	set output plots."/auc.svg"
	worst = system("awk -F'\\t' 'NR==1 {for (i=1; i<=NF; i++) if ($i==\"val_auc\") c=i; m=1; next} " \
	      . "$c<m {m=$c} END {print m}' log.tsv")
	set yrange [floor(20 * real(worst) - .001) / 20.:1.005]
	plot "log.tsv" using "epoch":"val_auc" with lines lw 2 lc rgb red notitle, \
	     "" using "epoch":"val_auc":(epochs / 80) with circles lc rgb red notitle
	unset xtics
	set xtics nomirror scale .4
}

set xrange [0:1]
set yrange [0:1.02]
set xtics .2
set ytics .2
one = "< printf 'x\\n0\\n'" # a table of one row, for a single point
# A curve of several classes is one line for each: a blank line parts them.
# It is read up to the last line that is drawn: what awk says of that is nothing to worry about.
curve(name) = "< awk -F'\\t' 'NR>2 && $1!=c{print \"\"} {c=$1; print}' curves/".name.".tsv 2>/dev/null"
colors = "#3a78b5 #4d9a6a #9a6fb0 #b58a2e #5f7f8c #b0566f #7d8f2f #a8704f"
color(k) = word(colors, k % 8 + 1)
classes = has("curves/roc.tsv") ? int(system("awk -F'\\t' 'NR>1 && !s[$1]++{n++} END{print n+0}' curves/roc.tsv")) : 1
class(k) = classes < 2 ? "" : \
	system(sprintf("awk -F'\\t' 'NR>1 && !s[$1]++ && n++==%d{print $1}' curves/roc.tsv", k))
# The legend grows above the plot, which keeps its size: as many names in a line as have room.
longest = has("curves/roc.tsv") ? int(system("awk -F'\\t' 'length($1)>n {n=length($1)} END{print n}' curves/roc.tsv")) : 5
inline = longest < 34 ? 40 / (longest + 6) : 1
tall = classes < 2 ? 300 : 283 + 17 * ((classes + inline - 1) / inline)
set key maxcols inline
set term svg size 400,tall
if (has("curves/roc.tsv") && has("metrics.tsv")) {
	set output plots."/roc.svg"
	set xlabel "false alarms: share of the negatives"
	set ylabel "found: share of the positives" offset 1
	plot x with lines lw .8 dt 2 lc rgb gray notitle, \
	     for [k=0:classes-1] curve("roc") every :::k::k using 2:3 with lines lw 2 lc rgb color(k) title class(k), \
	     one using (1 - metric("specificity")):(metric("recall")):(.012) with circles lc rgb red notitle
}
if (has("curves/pr.tsv") && has("metrics.tsv")) {
	set output plots."/pr.svg"
	set xlabel "recall: share of the positives found"
	set ylabel "precision: share that is true" offset 1
	plot metric("prevalence") with lines lw .8 dt 2 lc rgb gray notitle, \
	     for [k=0:classes-1] curve("pr") every :::k::k using 2:3 with lines lw 2 lc rgb color(k) title class(k), \
	     one using (metric("recall")):(metric("precision")):(.012) with circles lc rgb red notitle
}
if (has("curves/calibration.tsv")) {
	# points as large as the bins; the smooth curve beside them
	largest = real(system("awk -F'\t' 'NR>1 && $8+0>m {m=$8} END {print m ? m : 1}' curves/calibration.tsv"))
	smoothed = "< awk -F'\t' '{print $2 FS $3} END {if (NR < 2) print FS; if (NR < 2) print .5 FS .5}' " \
	           . (has("curves/smooth.tsv") ? "curves/smooth.tsv" : "/dev/null")
	set output plots."/calibration.svg"
	set yrange [-.03:1.03]
	set xlabel "stated probability"
	set ylabel "observed share" offset 1
	plot x with lines lw .8 dt 2 lc rgb gray notitle, \
	     for [k=0:classes-1] curve("calibration") every :::k::k using 4:6:(0):($7 - $6) \
	         with vectors nohead lw 1.5 lc rgb "#80".color(k)[2:] notitle, \
	     for [k=0:classes-1] curve("calibration") every :::k::k using 4:5:(.006 + .03 * sqrt($8 / largest)) \
	         with circles lc rgb color(k) title class(k), \
	     smoothed with lines lw 1.2 lc rgb "#803a78b5" notitle
}
if (has("curves/referral.tsv")) {
	set term svg size 400,300
	set output plots."/referral.svg"
	set yrange [0:1.02]
	set xlabel "share referred"
	set ylabel "accuracy of the rest" offset 1
	plot "curves/referral.tsv" using 1:3:(0):($4 - $3) with vectors nohead lw 1.5 lc rgb "#803a78b5" notitle, \
	     "" using 1:2:(.008) with circles lc rgb blue notitle
}
if (has("curves/decision.tsv") && has("metrics.tsv")) {
	set term svg size 400,tall
	set output plots."/decision.svg"
	set lmargin 8.5
	set xlabel "probability at which one would act"
	set ylabel "net benefit" offset 1
	# acting rightly on all of the commonest class is the most there can be
	share = metric("stated_prevalence") > 0 ? metric("stated_prevalence") : metric("prevalence") > 0 ? metric("prevalence") \
	        : real(system("awk -F'\t' 'NR>1 && $4!=\"nan\" && $4>m {m=$4} END {print m ? m : 1}' curves/decision.tsv"))
	set yrange [-.1 * share:1.05 * share]
	unset ytics
	set ytics nomirror scale .4 autofreq
	plot 0 with lines lw .8 dt 2 lc rgb gray notitle, \
	     curve("decision") using 2:4 with lines lw 1.2 lc rgb gray notitle, \
	     for [k=0:classes-1] curve("decision") every :::k::k using 2:3 with lines lw 2 lc rgb color(k) title class(k), \
	     for [k=0:classes-1] curve("decision") every :::k::k using 2:($7 == 1 ? $3 : NaN):(.012) \
	         with circles lc rgb red notitle
}
if (has("scores-test.tsv")) {
	set term svg size 400,300
	set lmargin 6.5
	counts = sprintf("< awk -f '%s' %s scores-test.tsv", histogram, has("metrics.tsv") ? "metrics.tsv" : "")
	many = classes > 2
	most = real(system(counts[3:]." | awk 'NR>1 {if ($2>m) m=$2; if (-$3>m) m=-$3} END {print m}'"))
	decade = 10**floor(log10(most / 3 + 1))
	step = decade * (most / 3 / decade < 1.5 ? 1 : most / 3 / decade < 3.5 ? 2 : 5)
	set output plots."/scores.svg"
	set yrange [-1.2 * most:1.2 * most]
	unset ytics
	set ytics nomirror scale .4 ("0" 0)
	do for [i = -6:6] { set ytics add (sprintf("%d", abs(i * step)) i * step) }
	set xlabel many ? "probability of the class that is named" : "probability of the positive class"
	set ylabel "test images" offset 1
	set boxwidth .045
	set xzeroaxis lt 1 lw .8 lc rgb gray
	set label 1 many ? "right" : "positives" at graph .03, graph .94 tc rgb many ? blue : red
	set label 2 many ? "wrong" : "negatives" at graph .97, graph .06 right tc rgb many ? red : blue
	plot counts using 1:2 with boxes lc rgb (many ? blue : red) notitle, \
	     counts using 1:3 with boxes lc rgb (many ? red : blue) notitle
}
if (has("metrics-stress.tsv")) {
	# a row for each shift, after the images as they are
	shifts(measure, clean) = "< sed -nE '1p; s/^".clean."\\t/as they are\\t/p; /worst/d; s/^stress[.](.*)[.]".measure \
	      . "\\t/\\1\\t/p' metrics-stress.tsv"
	clean(measure) = real(system("awk -F'\\t' '$1==\"".measure."\" {print $2==\"nan\" ? -1 : $2}' metrics-stress.tsv"))
	rows = real(system("grep -c '^stress[.].*[.]auc\t' metrics-stress.tsv")) - 1 # without the worst
	set term svg size 400,480
	set output plots."/stress.svg"
	unset label
	set lmargin 12
	set yrange [rows + .6:-.6] # from above
	set xrange [-.02:1.02]
	unset ytics
	set ytics nomirror scale 0 noenhanced
	unset xzeroaxis
	set xlabel "share named correctly"
	unset ylabel
	set arrow 1 from clean("recall"), graph 0 to clean("recall"), graph 1 nohead dt 2 lw .8 lc rgb red
	set arrow 2 from clean("specificity"), graph 0 to clean("specificity"), graph 1 nohead dt 2 lw .8 lc rgb blue
	plot shifts("sensitivity", "recall") using 3:($0 - .15):($4 - $3):(0) with vectors nohead lw 1.5 lc rgb "#80cf5640" \
	     notitle, \
	     "" using 2:($0 - .15):(.008):yticlabels(1) with circles lc rgb red notitle, \
	     shifts("specificity", "specificity") using 3:($0 + .15):($4 - $3):(0) with vectors nohead lw 1.5 \
	     lc rgb "#803a78b5" notitle, \
	     "" using 2:($0 + .15):(.008) with circles lc rgb blue notitle
}
