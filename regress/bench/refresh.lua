-- POST /auth/refresh, one chain a thread: each answer's token is the next
-- question. Run with as many threads as connections.
local number = 0
function setup(thread)
	thread:set("number", number)
	number = number + 1
end

function init()
	local n = 0
	for line in io.lines(os.getenv("BENCH_TOKENS")) do
		if n == wrk.thread:get("number") then token = line end
		n = n + 1
	end
end

function request()
	return wrk.format("POST", "/auth/refresh",
	    { ["Content-Type"] = "application/json" },
	    '{"refresh_token":"' .. token .. '"}')
end

function response(status, _, body)
	if status == 200 then
		token = string.match(body, '"refresh_token":"([^"]+)"')
	end
end
