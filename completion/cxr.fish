# Options of every cxr tool in fish, with their words, read from -h when the tool is first completed.
set -l tool (string replace -r '\.fish$' '' (basename (status filename)))
for line in ($tool -h 2>/dev/null)
    string match -rq '^ +(?:-(?<short>[A-Za-z0-9]), )?--(?<long>[a-z0-9-]+)(?: (?<value>[^ ]+))? +(?<words>.*)$' -- $line
    or continue
    complete -c $tool (test -n "$short"; and echo -s$short) -l $long (test -n "$value"; and echo -r) -d "$words"
end
