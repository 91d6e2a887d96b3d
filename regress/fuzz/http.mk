# fuzz target http
