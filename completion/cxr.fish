# Options of every cxr tool in fish, with their words, read from -h when the tool is first completed.
set -l tool (string replace -r '\.fish$' '' (basename (status filename)))
for line in ($tool -h 2>/dev/null | string match -r '^ +(?:-[A-Za-z0-9], )?--[a-z0-9-]+.*')
    set -l part (string match -r '^ +(?:-([A-Za-z0-9]), )?--([a-z0-9-]+)(?: ([^ ]+))? +(.*)$' -- $line)
    test (count $part) -ge 5; or continue
    set -l argument
    test -n "$part[4]"; and set argument -r
    set -l short
    test -n "$part[2]"; and set short -s $part[2]
    complete -c $tool $short -l $part[3] $argument -d "$part[5]"
end
