#!/bin/sh
# need.sh build|mpi|cluster|unit|test|html|page|deb|dicom|fuzz|bench|cross: makes sure that what the build (or the tests,
# or the benchmark) need is there, installing Debian packages where it may, and prints make variables: flags of the
# libraries, the Python of the peers.
# Elsewhere, and with NEED=check, it says exactly what is missing and exits with 1.
set -eu

missing=
wished=
wish() { # as want, but nothing fails without it
	package=$1
	shift
	"$@" >/dev/null 2>&1 || wished="$wished $package"
}
want() { # want PACKAGE TEST...: remember the Debian package if the test fails
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}
has() { command -v "$1"; }
pc() { pkg-config --exists "$@"; }
header() { echo "#include <$1>" | ${CC:-gcc} -E - ; }
fuzzer() { # can clang link a libFuzzer program?
	echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return p && n > 1 ? 0 : 0; }' |
		clang -fsanitize=fuzzer,address -x c -o /dev/null -
}
python_with() { # the first Python that has a module; a user's own may come before the system's, without it
	for p in "${PYTHON:-python3}" /usr/bin/python3; do
		if "$p" -c "import $1"; then
			python=$p
			return
		fi
	done
	false
}

look() {
	missing=
	wished=
	case $1 in
	build)
		want gcc has gcc
		want libc6-dev header stdio.h
		want pkg-config has pkg-config
		want libvips-dev pc vips
		want libjpeg-dev pc libjpeg
		want libpng-dev pc libpng
		want libopenblas-dev pc openblas
		want libarchive-dev pc libarchive
		want zlib1g-dev pc zlib
		want libjansson-dev pc jansson
		want nettle-dev pc nettle
		want libcsv-dev header csv.h
		want gnuplot-nox has gnuplot
		# DICOM: installed where that can be done; elsewhere a build goes without. DCMTK's own .pc file fails here.
		wish g++ has "${CXX:-g++}"
		wish libdcmtk-dev header dcmtk/config/osconfig.h
		wish libopenjp2-7-dev pc libopenjp2
		;;
	mpi) # another MPI than Debian's: its mpicc in PATH
		want libopenmpi-dev has mpicc
		want openmpi-bin has mpirun
		;;
	cluster)
		want slurm-wlm has sbatch
		want munge has munge
		want parallel has parallel
		;;
	unit) # a package's build runs no more than these
		want libcmocka-dev header cmocka.h
		want perl has prove
		;;
	test)
		want libcmocka-dev header cmocka.h
		want perl has prove
		want mandoc has mandoc
		want shellcheck has shellcheck
		want cppcheck has cppcheck
		want valgrind has valgrind
		want python3-minimal has python3
		want tidy has tidy
		want zip has zip
		want zstd has zstd
		want xz-utils has xz
		want bzip2 has bzip2
		want dcmtk has dump2dcm
		;;
	html)
		want mandoc has mandoc
		;;
	page)
		want busybox has busybox
		want chromium has chromium
		want curl has curl
		want dcmtk has dump2dcm
		want nodejs has node
		want npm has npm
		;;
	deb)
		want lintian has lintian
		want debootstrap has debootstrap
		;;
	dicom)
		want dcmtk has dcmpsmk
		want netpbm has ppmtobmp
		want dicom3tools has dciodvfy
		want pixelmed-apps has DicomSRValidator
		want orthanc has Orthanc
		want curl has curl
		want iproute2 has ip
		;;
	fuzz)
		want clang has clang
		want libclang-rt-14-dev fuzzer
		;;
	bench)
		want python3-pydicom python_with pydicom
		want python3-gdcm python_with gdcm
		dicom_python=${python-}
		want libgdcm-tools has gdcmconv
		want python3-torch python_with torch
		want python3-torchvision python_with torchvision
		want python3-pil python_with PIL
		want nodejs has node
		want npm has npm
		;;
	cross)
		want gcc-aarch64-linux-gnu has aarch64-linux-gnu-gcc
		want libc6-dev-arm64-cross test -e /usr/aarch64-linux-gnu/include/stdio.h
		;;
	*)
		echo "usage: need.sh build|mpi|cluster|unit|test|html|page|deb|dicom|fuzz|bench|cross" >&2
		exit 2
		;;
	esac
}

# Make may ask for several sets at once, and apt serves one at a time.
exec 9<"$0"
if has flock >/dev/null; then flock 9; fi
look "$1"
if [ -n "$missing$wished" ] && [ "${NEED-}" != check ] && has apt-get >/dev/null; then
	root=
	if [ "$(id -u)" != 0 ]; then root="sudo -n"; fi
	if [ -z "$root" ] || has sudo >/dev/null; then
		echo "need.sh: installing$missing$wished" >&2
		# shellcheck disable=SC2086 # a list of words
		{
			$root apt-get update -qq &&
				$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing $wished
		} >&2 || true
		look "$1"
	fi
fi
if [ -n "$missing" ]; then
	echo "need.sh: missing, please install (Debian names):$missing" >&2
	exit 1
fi
if [ "$1" = build ]; then
	for p in vips:VIPS libjpeg:JPEG libpng:PNG openblas:BLAS libarchive:ARCHIVE zlib:ZLIB jansson:JANSSON nettle:NETTLE; do
		echo "${p#*:}_CFLAGS = $(pkg-config --cflags "${p%:*}")"
		echo "${p#*:}_LIBS = $(pkg-config --libs "${p%:*}")"
	done
	# Optional: weights of Keras.
	if pc hdf5 2>/dev/null; then
		echo "HDF5_CFLAGS = -DCXR_HDF5 $(pkg-config --cflags hdf5)"
		echo "HDF5_LIBS = $(pkg-config --libs hdf5)"
	fi
fi
if [ "$1" = build ] && [ -z "$wished" ]; then
	echo "DICOM_CFLAGS = -DCXR_DICOM $(pkg-config --cflags libopenjp2)"
	echo "DICOM_LIBS = -ldcmjpeg -ldcmjpls -ldcmdata -loflog -lofstd $(pkg-config --libs libopenjp2) -lstdc++"
elif [ -n "$wished" ]; then
	echo "need.sh: without$wished the tools cannot read DICOM" >&2
fi
if [ "$1" = mpi ]; then
	flags=$(mpicc -show) # the compiler and its arguments
	echo "MPI_CFLAGS = -DCXR_MPI ${flags#* }"
	echo "MPI_LIBS = ${flags#* }"
fi
if [ "$1" = bench ]; then
	echo "BENCH_PYTHON = $python"
	echo "BENCH_DICOM = $dicom_python"
fi
