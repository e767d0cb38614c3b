# gnuplot -c froc.gp DIR: DIR/froc.svg from DIR/curve.tsv (cxr-metrics froc -o), for cxr-report to inline, in the colours of
# plots.gp. A line for each map.
cd ARG1
set term svg size 400,300 dynamic font "system-ui,Helvetica,DejaVu Sans,sans-serif,13" lw 1
set output "froc.svg"
set datafile separator tab columnheaders
set border 3 lw .6 lc rgb "#888888"
set tics nomirror scale .4
set grid lt 1 lw .5 lc rgb "#C0888888"
set key outside above horizontal samplen 1.2 spacing 1.1 noenhanced
set lmargin 6.5
set rmargin 1.5
set bmargin 3.2
colors = "#3a78b5 #cf5640 #4d9a6a #9a6fb0 #b58a2e #5f7f8c #b0566f #7d8f2f"
maps = int(system("awk -F'\\t' 'NR>1 && !s[$1]++ {n++} END {print n+0}' curve.tsv"))
name(k) = system(sprintf("awk -F'\\t' 'NR>1 && !s[$1]++ && n++==%d {print $1}' curve.tsv", k))
# Each map's points from none found on; a blank line parts the maps.
points = "< awk -F'\\t' -v OFS='\\t' 'NR==1 {print; next} $1!=m {if (m!=\"\") print \"\"; m=$1; print m, \"\", 0, 0} {print}' curve.tsv"
most = real(system("awk -F'\\t' 'NR>1 && $3>m {m=$3} END {print m ? m : 0}' curve.tsv"))
set xrange [0:most > 1 ? most : 1]
set yrange [0:1.02]
set ytics .2
set xlabel "false positives per image"
set ylabel "share of the lesions found" offset 1
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw .8 dt 2 lc rgb "#888888"
plot -1 notitle, for [k=0:maps-1] points every :::k::k using 3:4 with steps lw 2 lc rgb word(colors, k % 8 + 1) \
     title (maps > 1 ? name(k) : "")
