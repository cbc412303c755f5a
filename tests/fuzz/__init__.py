"""Fuzzing of the reading path: hostile files of all kinds, which must be read or refused with an error for people."""
