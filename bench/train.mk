# What accuracy.mk and explain.mk have in common: the shell, where the tools are, and full.mk's recipe of training.

WEIGHTS  =#                weights to start from; empty: random
BIN      =#                where the tools are; empty: build/bin

tone     = gamma=0.5,contrast=0.4,brightness=0.1
geometry = rotate=10,shift=0.1,zoom=0.2
noise    = noise=0.05,blur=1
changes  = $(tone),$(geometry),$(noise)
optimise = --class-weights balanced --optimizer adamw --schedule onecycle

SHELL       = bash
.SHELLFLAGS = -eu -o pipefail -c
.NOTPARALLEL:
.DELETE_ON_ERROR:
.SECONDARY:
here := $(dir $(lastword $(MAKEFILE_LIST)))
export PATH := $(abspath $(or $(BIN),$(here)../build/bin)):$(PATH)
