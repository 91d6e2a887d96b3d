# unit tests of jose
