-- What `show sess <id>` says of one session: lines of words, the first of which begin a
-- group.

local session = {}

local NOTHING = { ["<NONE>"] = true, ["<none>"] = true, ["?"] = true, ["<NEVER>"] = true, ["(nil)"] = true }

local function value(text)
  if text == nil or text == "" or NOTHING[text] then
    return nil
  end
  return text
end

-- The first word called `name`, wherever it stands; names of other words may end alike.
local function word(text, name)
  return value((" " .. text:gsub("[\n(]", " ")):match(" " .. name .. "=([^ ,)]*)"))
end

local units = { d = 86400, h = 3600, m = 60, s = 1 }

--- Seconds of a time such as "1h2m"; nil where it is none.
function session.seconds(text)
  local total
  for number, unit in (text or ""):gmatch "(%d+)([dhms])" do
    total = (total or 0) + tonumber(number) * units[unit]
  end
  return total
end

-- The line that begins with `name=`, of which a parenthesis tells more.
local function line_of(text, name)
  return text:match("\n%s+" .. name .. "=([^\n]*)") or ""
end

local function proxy(text, name)
  local line = name .. "=" .. line_of(text, name)
  local found = word(line, name)
  return found and {
    name = found,
    id = tonumber(word(line, "id")),
    mode = word(line, "mode"),
    address = word(line, "addr"),
  }
end

--- The record of an answer's text.
function session.of(text)
  local first = text:match "^[^\n]*"
  local transaction = line_of(text, "txn")
  local record = {
    id = text:match "^(0x%x+)",
    number = tonumber(word(first, "id")),
    date = first:match "%[(.-)%]",
    proto = word(first, "proto"),
    source = word(first, "source"),
    frontend = proxy(text, "frontend"),
    backend = proxy(text, "backend"),
    server = proxy(text, "server"),
    conn_retries = tonumber(word(text, "conn_retries")),
    age = session.seconds(line_of(text, "task"):match "age=(%w+)"),
    exp = session.seconds(line_of(text, "task"):match "exp=(%w+)"),
    lines = {},
  }
  if transaction ~= "" then
    record.txn = {
      status = tonumber(word(transaction, "status")),
      req_st = word(transaction, "req%.st"),
      rsp_st = word(transaction, "rsp%.st"),
    }
  end
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    record.lines[#record.lines + 1] = line
  end
  return record
end

return session
