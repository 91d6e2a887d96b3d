# Every SQL file there is: a new operation or migration is one more line here.
# The order of operations does not matter; migrations stand in their order.
SQL_OPERATIONS =
SQL_MIGRATIONS =
