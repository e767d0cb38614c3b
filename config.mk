# All that a packager edits.
VERSION = 0.2.0
PREFIX  = /usr/local
MANDIR  = $(PREFIX)/share/man
DESTDIR =

CC      = gcc
CXX     = g++
OPT     = -O3 -g
# Vector code for several x86-64 levels in one binary; `make CLONES=` builds the baseline only.
CLONES  = -DCXR_CLONES
# `make SAN=address,undefined` or SAN=thread: an instrumented build, kept apart from the others.
SAN     =
# `make MPI=1`: cxr-train shares its work with the processes of mpirun (needs an MPI library and its mpicc).
MPI     =
# `make NEED=check`: names the packages that are missing, and installs nothing.
NEED    =
export NEED
