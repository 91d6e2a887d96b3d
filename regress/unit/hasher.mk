# unit tests of hasher
