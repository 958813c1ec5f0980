--- A map: keys with values, in every process that has it.
--
-- The object stands for the same *file* in all processes, whatever ids they gave it. On
-- HAProxy 3.4 and later all that is asked here, reading too, needs level admin; older
-- versions take it at every level. `HAProxy:map` and `HAProxy:maps` make it.
-- @classmod haproxyadmin.Map

local pattern_list = require "haproxyadmin.objects.pattern_list"
local class = require "haproxyadmin.objects.class"

local call = pattern_list.calls "map"

--- Its file as HAProxy's configuration writes it, or `#id` where it has none.
-- @field Map.name

--- Its file, or nil.
-- @field Map.file

--- Its number in the first process that has it (`show map`). Raises `ValueError`
-- (`not_found`), `CommandFailed` (`permission`), `HAProxySocketError`, as all that follow do.
-- @field Map.id

--- What uses it, in HAProxy's words (`show map`), in the first process that has it.
-- @field Map.description

--- The numbers of the processes that have it.
-- @field Map.process_nb

--- How many entries it has (`show map <file>`). Raises also `InconsistentData`: processes
-- must agree.
-- @field Map.count

--- Reads a property without raising.
-- @function Map:get
-- @tparam string property
-- @return its value (which may be nil), or nil and the error

return pattern_list.class("map", {
  name = "Map",
  methods = class.methods({}, {
    --- What HAProxy finds for a sample: `get map` (management guide 9.3; HAProxy 1.8 and
    -- later). All processes must agree.
    -- @function Map:lookup
    -- @tparam string|number sample
    -- @treturn ?{key=string,value=string,type=string,case=string,index=string} the entry that
    -- matches: `type` is the method (`str`, `ip`, ...), `case` is `sensitive` or `insensitive`, `index`
    -- is `tree` or `list`; nil where none matches
    -- @raise `ValueError`, `CommandFailed` (`not_found`, `permission`), `InconsistentData`,
    -- `MultipleCommandResults`, `HAProxySocketError`
    lookup = { arguments = 1, call = call.lookup },
    --- The entries in HAProxy's order: `show map` (9.3). All processes must have the same ones, in
    -- whatever order. A dump does not tell where a key with blanks ends: here it ends at the
    -- first one.
    -- @function Map:entries
    -- @treturn function an iterator over key, value and reference (`0x...`, in the first process)
    -- @raise as `Map:lookup`
    entries = { call = call.entries },
    --- The entries as a table: `show map` (9.3), as `Map:entries`.
    -- @function Map:totable
    -- @treturn table key = value; of a key that is there several times, the first, which
    -- look-ups find
    -- @treturn integer how many entries have a key that one before them has
    -- @raise as `Map:lookup`
    totable = { call = call.totable },
    --- Adds an entry in every process: as `HAProxy:add_map`.
    -- @function Map:add
    -- @tparam string|number key
    -- @tparam string|number value
    -- @treturn boolean true
    -- @raise as `HAProxy:add_map`
    add = { arguments = 2, call = call.add },
    --- Changes the value of a key in every process: as `HAProxy:set_map`.
    -- @function Map:set
    -- @tparam string|number key a key that is there, or a reference (`0x...`)
    -- @tparam string|number value
    -- @treturn boolean true
    -- @raise as `HAProxy:set_map`
    set = { arguments = 2, call = call.set },
    --- Deletes all entries of a key in every process: as `HAProxy:del_map`.
    -- @function Map:del
    -- @tparam string|number key a key that is there, or a reference (`0x...`)
    -- @treturn boolean true
    -- @raise as `HAProxy:del_map`
    del = { arguments = 1, call = call.del },
    --- Deletes all entries in every process: as `HAProxy:clear_map`.
    -- @function Map:clear
    -- @treturn boolean true
    -- @raise as `HAProxy:clear_map`
    clear = { call = call.clear },
    --- Sets the value of a key where it is there, and adds the entry where it is not, in each
    -- process: `set map`, `add map` (9.3). The same after twice.
    -- @function Map:put
    -- @tparam string|number key
    -- @tparam string|number value
    -- @treturn boolean true
    -- @raise as `HAProxy:set_map`
    put = { arguments = 2, call = call.put },
    --- Makes the entries those of a file of HAProxy's own format, in every process: as `Map:sync` with
    -- `{file = path}`. The file is read in pieces, and as HAProxy reads it when it starts: a line that begins
    -- with `#` is a comment, a key ends at a blank, and its value goes to the line's end.
    -- What HAProxy would take for something else without a word is an error, which names the file
    -- (`err.file`) and the line (`err.line`); nothing is sent then.
    -- @function Map:load
    -- @tparam string path
    -- @tparam[opt] table options those of `Map:sync`, and `bytes`: the file need not be UTF-8, as
    -- HAProxy does not ask it to be
    -- @treturn SyncPlan what was done
    -- @raise `FileError` (`not_found`, `permission`, `bad_argument`, `too_big`, `inconsistent`: it was changed
    -- while it was read), and as `Map:sync`
    load = { arguments = 1, call = call.load, options = pattern_list.load_options },
    --- Writes the entries to a file of HAProxy's own format: `show map` (9.3). All processes must have the
    -- same ones. The file is there whole or as it was, whatever comes between; it keeps its owner, its mode
    -- and the comments at its head. A symbolic link stays, and what it leads to is written. A dump does not tell
    -- where a key with blanks ends: in a file it ends at the first one.
    -- @function Map:save
    -- @tparam string path
    -- @treturn boolean true
    -- @raise `FileError` (`not_found`, `permission`, `failed`: a full disk, say; `bad_argument`: it is no file, or
    -- cannot hold an entry so that HAProxy reads the same one), and as `Map:lookup`
    save = { arguments = 1, call = call.save },
    --- Makes the entries those that are wanted, in every process that has the map.
    --
    -- *diff* compares each process with what is wanted by itself (`show map`, `add map`, `set map`,
    -- `del map`),
    -- so that processes that differ become equal; it adds and changes before it deletes. *replace*
    -- (HAProxy 2.4 and later) prepares a new version in every process (`prepare map`), fills it, counts it
    -- in every process, and commits only then (`commit map`): nobody ever sees half of it. What fails before
    -- the first commit leaves every process as it was; what was prepared is dropped, or (HAProxy 3.3
    -- and later cannot) stays unused until the next commit, which the error says. *auto* takes what is
    -- cheaper, and diff where
    -- there is no
    -- other way. An entry that could not be sent faithfully is refused before anything is.
    --
    -- Each exchange takes `timeout` seconds at most, one of very many entries 50 microseconds
    -- an entry more.
    -- @function Map:sync
    -- @tparam table|function wanted `{key = value}`, a sequence of `{key, value}`, an iterator that
    -- returns key and value, or `{file = path}`: a file of HAProxy's format, whose lines must be
    -- UTF-8 and have a value. A table must not change before the call returns
    -- @tparam[opt] table options `mode`: `"auto"` (default), `"diff"` or `"replace"`; `dry_run`:
    -- only say what
    -- would be done; `ordered`: the order of the entries counts, too; `unique`: refuse a key that is wanted
    -- twice; `verify` (default true): look afterwards, or before a commit, whether all is there;
    -- `progress(done, total)`: called behind each part that was sent
    -- @treturn SyncPlan what was done
    -- @raise `ValueError` (`bad_argument`, `too_big`, `exists`, `not_found`), `FileError`,
    -- `CommandFailed` (`permission`;
    -- `unsupported`: what the oldest process does not have), `InconsistentData` (others change the entries
    -- meanwhile, or a process was replaced), `MultipleCommandResults` (some processes have the new
    -- entries, some the old ones:
    -- the same call completes it), `HAProxySocketError`
    sync = { arguments = 1, tables = true, call = call.sync, options = pattern_list.sync_options },
  }),
})
