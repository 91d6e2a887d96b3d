# unit tests of proc
