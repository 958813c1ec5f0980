--- The patterns of an ACL, in every process that has it: as `haproxyadmin.Map`, without
-- values.
--
-- The object stands for the same *file* in all processes, whatever ids they gave it; one
-- that the configuration lists in place has an id only, which must be the same in all. On
-- HAProxy 3.4 and later all that is asked here, reading too, needs level admin; older
-- versions take it at every level. `HAProxy:acl` and `HAProxy:acls` make it.
-- @classmod haproxyadmin.Acl

local pattern_list = require "haproxyadmin.objects.pattern_list"
local class = require "haproxyadmin.objects.class"

local call = pattern_list.calls "acl"

--- Its file as HAProxy's configuration writes it, or `#id` where it has none.
-- @field Acl.name

--- Its file, or nil.
-- @field Acl.file

--- Its number in the first process that has it (`show acl`). Raises `ValueError`
-- (`not_found`), `CommandFailed` (`permission`), `HAProxySocketError`, as all that follow do.
-- @field Acl.id

--- What uses it, in HAProxy's words (`show acl`), in the first process that has it.
-- @field Acl.description

--- The numbers of the processes that have it.
-- @field Acl.process_nb

--- How many entries it has (`show acl <file>`). Raises also `InconsistentData`: processes
-- must agree.
-- @field Acl.count

--- Reads a property without raising.
-- @function Acl:get
-- @tparam string property
-- @return its value (which may be nil), or nil and the error

return pattern_list.class("acl", {
  name = "Acl",
  methods = class.methods({}, {
    --- What HAProxy finds for a sample: `get acl` (management guide 9.3; HAProxy 1.8 and
    -- later). All processes must agree.
    -- @function Acl:lookup
    -- @tparam string|number sample
    -- @treturn ?{key=string,type=string,case=string,index=string} the pattern that matches; as
    -- `Map:lookup`
    -- @raise `ValueError`, `CommandFailed` (`not_found`, `permission`), `InconsistentData`,
    -- `MultipleCommandResults`, `HAProxySocketError`
    lookup = { arguments = 1, call = call.lookup },
    --- The patterns in HAProxy's order: `show acl` (9.3). All processes must have the same ones,
    -- in whatever order.
    -- @function Acl:entries
    -- @treturn function an iterator over pattern and reference (`0x...`, in the first process)
    -- @raise as `Acl:lookup`
    entries = { call = call.entries },
    --- The patterns as a sequence: `show acl` (9.3), as `Acl:entries`.
    -- @function Acl:totable
    -- @treturn {string,...}
    -- @treturn integer how many patterns are there once more
    -- @raise as `Acl:lookup`
    totable = { call = call.totable },
    --- Adds a pattern in every process: as `HAProxy:add_acl`.
    -- @function Acl:add
    -- @tparam string|number pattern
    -- @treturn boolean true
    -- @raise as `HAProxy:add_acl`
    add = { arguments = 1, call = call.add },
    --- Deletes all entries of a pattern in every process: as `HAProxy:del_acl`.
    -- @function Acl:del
    -- @tparam string|number pattern one that is there, or a reference (`0x...`)
    -- @treturn boolean true
    -- @raise as `HAProxy:del_acl`
    del = { arguments = 1, call = call.del },
    --- Deletes all patterns in every process: as `HAProxy:clear_acl`.
    -- @function Acl:clear
    -- @treturn boolean true
    -- @raise as `HAProxy:clear_acl`
    clear = { call = call.clear },
    --- Adds a pattern in each process that does not have it: `show acl`, `add acl` (9.3). The
    -- same after twice.
    -- @function Acl:put
    -- @tparam string|number pattern
    -- @treturn boolean true
    -- @raise as `HAProxy:add_acl`
    put = { arguments = 1, call = call.put },
    --- Makes the entries those of a file of HAProxy's own format, in every process: as `Acl:sync` with
    -- `{file = path}`. The file is read in pieces, and as HAProxy reads it when it starts: a line that begins
    -- with `#` is a comment, a key goes to the line's end, with its blanks.
    -- What HAProxy would take for something else without a word is an error, which names the file
    -- (`err.file`) and the line (`err.line`); nothing is sent then.
    -- @function Acl:load
    -- @tparam string path
    -- @tparam[opt] table options those of `Acl:sync`, and `bytes`: the file need not be UTF-8, as
    -- HAProxy does not ask it to be
    -- @treturn SyncPlan what was done
    -- @raise `FileError` (`not_found`, `permission`, `bad_argument`, `too_big`, `inconsistent`: it was changed
    -- while it was read), and as `Acl:sync`
    load = { arguments = 1, call = call.load, options = pattern_list.load_options },
    --- Writes the entries to a file of HAProxy's own format: `show acl` (9.3). All processes must have the
    -- same ones. The file is there whole or as it was, whatever comes between; it keeps its owner, its mode
    -- and the comments at its head. A symbolic link stays, and what it leads to is written.
    -- @function Acl:save
    -- @tparam string path
    -- @treturn boolean true
    -- @raise `FileError` (`not_found`, `permission`, `failed`: a full disk, say; `bad_argument`: it is no file, or
    -- cannot hold an entry so that HAProxy reads the same one), and as `Acl:lookup`
    save = { arguments = 1, call = call.save },
    --- Makes the entries those that are wanted, in every process that has the ACL.
    --
    -- *diff* compares each process with what is wanted by itself (`show acl`, `add acl`, `del acl`),
    -- so that processes that differ become equal; it adds before it deletes. *replace*
    -- (HAProxy 2.4 and later) prepares a new version in every process (`prepare acl`), fills it, counts it
    -- in every process, and commits only then (`commit acl`): nobody ever sees half of it. What fails before
    -- the first commit leaves every process as it was; what was prepared is dropped, or (HAProxy 3.3
    -- and later cannot) stays unused until the next commit, which the error says. *auto* takes what is
    -- cheaper, and diff where
    -- there is no
    -- other way. An entry that could not be sent faithfully is refused before anything is.
    --
    -- Each exchange takes `timeout` seconds at most, one of very many entries 50 microseconds
    -- an entry more.
    -- @function Acl:sync
    -- @tparam table|function wanted a sequence of patterns, an iterator that returns them, or
    -- `{file = path}`: a file of HAProxy's format, which must be UTF-8. A table must not change
    -- before the call returns
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
