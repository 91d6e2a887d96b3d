# unit tests of vault
