# fuzz target wire
