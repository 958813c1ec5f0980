-- Writes doc/haproxyadmin.1: what people wrote below, with the commands and options that the
-- program's own rows tell.

local arguments = require "haproxyadmin.cli.words.arguments"
local globals = require "haproxyadmin.cli.words.globals"
local nouns = require "haproxyadmin.cli.words.nouns"
local release = require "haproxyadmin.base.release"

local manual = {}

local HEAD = [[
.\" Made by "make manual" from spec/support/manual.lua and the program's own rows.
.Dd November 21, 2026
.Dt HAPROXYADMIN 1
.Os haproxyadmin @VERSION@
.Sh NAME
.Nm haproxyadmin
.Nd show and change what HAProxy's processes do, all of them at once
.Sh SYNOPSIS
.Nm
.Ar command
.Op Ar verb
.Op Ar selector ...
.Op Ar option ...
.Sh DESCRIPTION
.Nm
speaks with HAProxy over its stats sockets.
However many processes serve one configuration, a frontend, a backend or a server is one thing
here: commands go to every process, and statistics are those of all together.
A command either takes in every process, or the program says in which it did not.
.Pp
Options may stand anywhere.
Data goes to stdout, all else to stderr.
On a terminal the output is a table, elsewhere it is one record a line, with tabs between.
.Sh SELECTORS
.Bl -tag -width Ds
.It Ar backend Ns / Ns Ar server
one server; both parts may be patterns of the shell's, in quotes:
.Ql app/* .
.It Ar server
the server of that name in every backend.
.It Cm \&! Ns Ar selector
not these.
.It Cm @ Ns Ar file , Cm \-
selectors from a file, or from stdin, one a line.
.El
.Pp
A verb that changes something needs at least one selector; all servers are
.Ql */* .
A selector that nothing matches ends the program with status 4 before anything was changed.
.Sh CHANGES
Before more than one object is changed, before sessions are ended and before counters are
cleared the program asks;
.Fl y
answers, and without a terminal and without
.Fl y
it ends with status 2.
The last server of a backend that is UP in some process, and more than half of a backend's weight,
are not taken out unless
.Fl Fl force
is given.
.Fl n
says what would be sent to which process, and sends nothing that changes anything.
]]

local TAIL = [[
.Sh ENVIRONMENT
.Bl -tag -width Ds
.It Ev HAPROXYADMIN_SOCKETS
addresses of stats sockets, with spaces between them, or a folder that has them.
.It Ev HAPROXYADMIN_CONTEXT
the context of the configuration to use.
.It Ev HAPROXY_CLI
what HAProxy tells the programs that it starts.
.It Ev NO_COLOR , FORCE_COLOR , TERM , PAGER , COLUMNS
as in other programs.
.El
.Pp
Without any of these, and without options, the sockets are looked for in
.Pa /run/haproxy ,
.Pa /var/run/haproxy
and
.Pa /var/lib/haproxy .
.Sh FILES
.Bl -tag -width Ds
.It Pa $XDG_CONFIG_HOME/haproxyadmin/config
the user's configuration
.Pq Pa ~/.config/haproxyadmin/config .
.It Pa /etc/haproxyadmin/config
the system's.
.El
.Pp
Lines
.Ql key = value ,
and
.Ql [context NAME]
in front of those of a context.
Options come before the environment, which comes before the user's file, which comes before the
system's.
.Sh EXIT STATUS
.Bl -tag -width 130 -compact
.It 0
done, or so already.
.It 1
HAProxy refused, or something else failed.
.It 2
the command line is wrong, or a question could not be asked.
.It 3
some processes did it, or answered, and others not.
.It 4
nothing matched.
.It 5
the time was up while waiting.
.It 6
no process could be reached.
.It 7
the permission is missing: of the socket's file, or its level.
.It 10
with
.Fl Fl dry-run
.Fl Fl exit-code
only: something would change.
.It 130
interrupted.
.It 141
who read the output went away.
.El
.Pp
.Cm check
has those of Nagios: 0 is OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
.Sh SEE ALSO
.Xr haproxy 1
]]

-- A text as mdoc takes it.
local function escape(text)
  return (text:gsub("\\", "\\e"):gsub("^([.'])", "\\&%1"))
end

-- A text that stands as one word of a macro's line.
local function word(text)
  return '"' .. escape(text):gsub('"', '""') .. '"'
end

local function add(lines, ...)
  lines[#lines + 1] = table.concat({ ... }, " ")
end

-- "-o" as "Fl o", "--output" as "Fl Fl output".
local function flag(text)
  return (text:gsub("^%-%-", "Fl Fl "):gsub("^%-", "Fl "))
end

local function add_options(lines, options)
  add(lines, ".Bl -tag -width Ds")
  for _, option in ipairs(options) do
    local flags = {}
    for i, text in ipairs(option.flags) do
      flags[i] = flag(text)
    end
    local item = ".It " .. table.concat(flags, " , ")
    if option.row.value then
      item = item .. (option.row.optional and " Ns Op = Ns Ar " or " Ar ") .. word(option.row.value)
    end
    add(lines, item)
    add(lines, escape(option.row.help) .. ".")
  end
  add(lines, ".El")
end

-- Options are rows of a verb, but many verbs have the same: those are told once.
local SHARED = 4

local function key(row)
  return row[#row] .. row.help
end

local function each_verb()
  local list = {}
  for _, entry in ipairs(nouns) do
    local noun = arguments.noun(entry[1])
    for _, verb in ipairs(noun.verbs or { noun }) do
      list[#list + 1] = { noun, verb }
    end
  end
  return list
end

-- How many verbs have an option; and each once, in the order of the verbs.
local function count_options()
  local count, list = {}, {}
  for _, pair in ipairs(each_verb()) do
    for _, row in ipairs(pair[2].options or {}) do
      local name = key(row)
      if not count[name] then
        list[#list + 1] = row
      end
      count[name] = (count[name] or 0) + 1
    end
  end
  return count, list
end

local counts = { ["*"] = "Op Ar %s", ["+"] = "Ar %s", ["?"] = "Op Ar %s" }
local many = { ["*"] = true, ["+"] = true }

local function add_verb(lines, noun, verb, count)
  local item = ".It Cm " .. noun.name .. (verb ~= noun and " " .. verb.name or "")
  for _, argument in ipairs(verb.arguments or {}) do
    local name = argument.value or argument[1]:upper()
    local shown = word(name .. (many[argument.count] and "..." or ""))
    item = item .. " " .. (counts[argument.count] or "Ar %s"):format(shown)
  end
  if verb.rest then
    item = item .. " Fl Fl Ar " .. word(verb.rest)
  end
  add(lines, item)
  add(lines, escape(verb.help))
  local own = {}
  for _, option in ipairs(arguments.options(verb)) do
    for _, row in ipairs(verb.options or {}) do
      if option.row == row and count[key(row)] < SHARED then
        own[#own + 1] = option
      end
    end
  end
  if #own > 0 then
    add_options(lines, own)
  end
end

local function commands()
  local lines = { ".Sh COMMANDS", ".Bl -tag -width Ds" }
  local count, list = count_options()
  for _, pair in ipairs(each_verb()) do
    add_verb(lines, pair[1], pair[2], count)
  end
  add(lines, ".El")
  local shared = {}
  for _, row in ipairs(list) do
    if count[key(row)] >= SHARED then
      shared[#shared + 1] = { row = row, flags = row }
    end
  end
  if #shared > 0 then
    add(lines, ".Pp")
    add(lines, "Many commands take some of these; the help of each,")
    add(lines, ".Fl Fl help ,")
    add(lines, "says which:")
    add_options(lines, shared)
  end
  return table.concat(lines, "\n") .. "\n"
end

local function options()
  local lines, list = { ".Sh OPTIONS", "Every command takes these." }, {}
  for i, row in ipairs(globals) do
    list[i] = { row = row, flags = row }
  end
  add_options(lines, list)
  return table.concat(lines, "\n") .. "\n"
end

local function examples()
  local lines = { ".Sh EXAMPLES", ".Bd -literal" }
  for _, pair in ipairs(each_verb()) do
    local example = (pair[2].examples or {})[1]
    if example then
      add(lines, escape(example))
    end
  end
  add(lines, ".Ed")
  return table.concat(lines, "\n") .. "\n"
end

--- What the page says.
function manual.text()
  return HEAD:gsub("@VERSION@", release) .. commands() .. options() .. TAIL:gsub("%.Sh SEE ALSO", function(title)
    return examples() .. title
  end)
end

function manual.write()
  local file = assert(io.open("doc/haproxyadmin.1", "w"))
  file:write(manual.text())
  file:close()
end

return manual
