# Options of every cxr tool in fish, with their words, read from -h when the tool is first completed; values, a list of
# them behind its last comma, from what the tool answers to "--method list", be it a list or that there is no such name.
function __cxr_values
    set -l head (string match -rg '^(.*,)[^,]*$' -- (commandline -ct | string replace -r '^--?[a-z]+=' ''))
    $argv[1] $argv[2] list 2>&1 </dev/null | sed '/^Try /d; /^cxr-/{s/, /\n/g; s/^cxr-.*: choose one of //; /^cxr-/d}' |
        string replace -r '^(\S+) *' "$head\$1\t"
end
set -l tool (string replace -r '\.fish$' '' (basename (status filename)))
for line in (env COLUMNS=9999 $tool -h 2>/dev/null)
    string match -rq '^ +(?:-(?<short>[A-Za-z0-9]), )?--(?<long>[a-z0-9-]+)(?: (?<value>[^ ]+))? +(?<words>.*)$' -- $line
    or continue
    set -l options -l $long
    test -n "$short"; and set -a options -s $short
    test -n "$value"; and set -a options -r
    contains $long arch method measure curve style format interval calibrate choose-under store by normalise colormap \
        optimizer loss schedule; and set -a options -f -a "(__cxr_values $tool --$long)"
    complete -c $tool $options -d "$words"
end
