-- POST of one form, over and over; BENCH_AUTH: an Authorization field.
wrk.method = "POST"
wrk.body = os.getenv("BENCH_FORM")
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
if os.getenv("BENCH_AUTH") then
	wrk.headers["Authorization"] = os.getenv("BENCH_AUTH")
end
