# unit tests of parent
