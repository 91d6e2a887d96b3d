# fuzz target jws
