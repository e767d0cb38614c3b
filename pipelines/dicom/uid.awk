# uid.awk: the first 128 bits of a digest in hex as a UID, 2.25.DECIMAL (PS3.5 B.2).
{
	n = 1
	d[1] = 0
	for (i = 1; i <= 32; i++) {
		carry = index("0123456789abcdef", substr($1, i, 1)) - 1
		for (k = 1; k <= n; k++) {
			carry += d[k] * 16
			d[k] = carry % 10
			carry = int(carry / 10)
		}
		while (carry > 0) {
			d[++n] = carry % 10
			carry = int(carry / 10)
		}
	}
	out = "2.25."
	while (n > 0)
		out = out d[n--]
	print out
}
