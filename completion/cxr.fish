# Options of every cxr tool in fish, with their words, read from -h when the tool is first completed.
set -l tool (string replace -r '\.fish$' '' (basename (status filename)))
for line in ($tool -h 2>/dev/null)
    string match -rq '^ +(?:-(?<short>[A-Za-z0-9]), )?--(?<long>[a-z0-9-]+)(?: (?<value>[^ ]+))? +(?<words>.*)$' -- $line
    or continue
    set -l options -l $long
    test -n "$short"; and set -a options -s $short
    test -n "$value"; and set -a options -r
    complete -c $tool $options -d "$words"
end
