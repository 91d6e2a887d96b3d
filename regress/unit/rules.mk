# unit tests of rules
