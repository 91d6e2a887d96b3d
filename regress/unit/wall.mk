# unit tests of wall
