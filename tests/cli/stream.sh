# shellcheck shell=bash
# Builds small streams byte by byte, without any of the tools, for tests of the tools.

# rec JSON [DATA]: one record; DATA is a printf format.
rec() {
	local n pad i
	n=$(printf %s "$1" | wc -c)
	pad=$(((64 - (n + 8) % 64) % 64))
	n=$((n + pad))
	for i in 0 8 16 24 32 40 48 56; do
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\x$(printf %02x $((n >> i & 255)))"
	done
	printf "%s%${pad}s" "$1" ""
	# shellcheck disable=SC2059 # data are given as a format
	printf "${2-}"
}
meta() { rec "{\"__metadata__\":{$1}}"; }
# head [MORE-METADATA]
head_rec() { meta "\"cxr\":\"head\",\"version\":\"1\"${1:+,$1}"; }
# item INDEX ID [MORE-METADATA]: an image of 1x2 pixels, probabilities 0.25 and 0.75
item_rec() {
	rec "{\"__metadata__\":{\"cxr\":\"item\",\"id\":\"$2\",\"index\":\"$1\"${3:+,$3}},\"image\":{\"data_offsets\":[8,10],\
\"dtype\":\"U8\",\"shape\":[1,2,1]},\"prob\":{\"data_offsets\":[0,8],\"dtype\":\"F32\",\"shape\":[2]}}" \
		'\x00\x00\x80\x3e\x00\x00\x40\x3f\x07\x09'
}
error_rec() { meta "\"cxr\":\"item\",\"error\":\"cannot decode\",\"id\":\"$2\",\"index\":\"$1\""; }
# end FILE ITEMS ERRORS: appends the tail to what FILE holds so far (its CRC-32 as gzip computes it)
end() {
	local crc
	crc=$(gzip -c "$1" | tail -c 8 | od -An -tu4 -N4 | tr -d ' ')
	meta "$(printf '"crc32":"%08x","cxr":"tail","errors":"%d","items":"%d"' "$crc" "$3" "$2")" >>"$1"
}
