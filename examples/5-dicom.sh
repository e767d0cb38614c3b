#!/bin/sh
# A folder of DICOM files, as an archive exports them: names and numbers become keyed hashes, and of the header only what
# the list shows goes on. Without FOLDER two films are made, by DCMTK's dump2dcm, of a synthetic image.
# usage: 5-dicom.sh [FOLDER]
set -eu
film() { # film N: the N-th test image as a film of the patient "Doe"
	cxr-show --item "$1" --npy image gray.cxr | tail -c 4096 >pixels.raw
	cat >header <<-END
		(0008,0016) UI =ComputedRadiographyImageStorage
		(0008,0018) UI [2.25.$1]
		(0010,0010) PN [Doe^Jane]
		(0010,0020) LO [Patient $1]
		(0018,5101) CS [PA]
		(0028,0002) US 1
		(0028,0004) CS [MONOCHROME2]
		(0028,0010) US 64
		(0028,0011) US 64
		(0028,0100) US 8
		(0028,0101) US 8
		(0028,0102) US 7
		(0028,0103) US 0
		(7fe0,0010) OB =pixels.raw
	END
	dump2dcm +te header "films/$1"
}
if [ $# = 0 ]; then
	mkdir -p films
	cxr-list --only split=test - <list.tsv | cxr-prep -q -s 64 --recipe gray --store u8 >gray.cxr
	film 0
	film 1
fi
[ -e our.key ] || cxr-list --new-key our.key
CXR_KEY_FILE=our.key cxr-list -q "${1-films}" >films.tsv
cxr-prep -q -m model.safetensors <films.tsv | cxr-infer -m model.safetensors -t
