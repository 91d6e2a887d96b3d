# fuzz target conf
