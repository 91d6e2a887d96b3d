-- The living session of a browser, by the hash of its cookie.
-- in now int
-- in tenant text
-- in cookie text

-- stmt touch quiet
@browser_touch;

-- stmt session
SELECT u.id, s.id, u.epoch, s.scope
FROM sessions AS s, users AS u
WHERE @browser_lives;
