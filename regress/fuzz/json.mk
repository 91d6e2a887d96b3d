# fuzz target json
