-- Commands on events and traces. doc/contributing.md says what a row is.

local UNKNOWN = { { "^No such ", "not_found" }, { "^Unsupported lock%-on criterion", "bad_argument" } }

-- A trace's setting.
local function setting(word)
  return {
    line = ("trace <source> %s <value>"):format(word),
    arguments = { source = "value", value = "value" },
    changes = true,
    since = "2.2",
    level = "operator",
    refusals = UNKNOWN,
  }
end

return {
  ["show events"] = {
    since = "2.2",
    level = "user",
    answer = "list",
    success = { "^Supported events sinks" },
  },
  ["show events ring"] = {
    line = "show events <ring>",
    arguments = { ring = "value" },
    since = "2.2",
    level = "operator",
    answer = "sections",
    success = { any = true },
    refusals = { { "^No such event sink%s*$", "not_found" } },
  },
  ["show events -w"] = {
    line = "show events <ring> -w",
    arguments = { ring = "value" },
    since = "2.2",
    level = "operator",
    refusals = UNKNOWN,
  },
  ["show trace"] = {
    line = "show trace [<source>]",
    arguments = { source = "value" },
    since = "2.2",
    level = "user",
    answer = "sections",
    success = { "^Supported trace sources", "^Trace status for " },
    refusals = UNKNOWN,
  },
  ["trace level"] = setting "level",
  ["trace sink"] = setting "sink",
  ["trace verbosity"] = setting "verbosity",
  ["trace event"] = setting "event",
  ["trace lock"] = setting "lock",
  ["trace start"] = setting "start",
  ["trace pause"] = setting "pause",
  ["trace stop"] = setting "stop",
  ["trace 0"] = {
    changes = true,
    since = "2.2",
    level = "operator",
    success = { "^All traces now stopped" },
  },
}
