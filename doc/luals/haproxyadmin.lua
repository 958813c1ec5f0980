---@meta haproxyadmin

-- Definitions for editors (LuaLS). Every method also takes `die` in its options.

---@class haproxyadmin.CallOptions
---@field die? boolean false: return nil and the error instead of raising

---@class haproxyadmin.MetricOptions: haproxyadmin.CallOptions
---@field rule? "sum"|"avg"|"max"|"min"|"same" instead of the metric's own

---@class haproxyadmin.SnapshotOptions: haproxyadmin.CallOptions
---@field partial? boolean a process that fails is told in `failed`
---@field servers_state? boolean the state of servers as well
---@field timeout? number seconds for this reading, which is tried once

---@class haproxyadmin.RescanOptions: haproxyadmin.CallOptions
---@field keep? boolean whose socket's file is gone stays
---@field timeout? number seconds that a socket has to answer in

---@class haproxyadmin.WaitOptions: haproxyadmin.CallOptions
---@field timeout? number seconds for all of it (30)
---@field interval? number seconds between two readings (0.5)

---@class haproxyadmin.UpdateOptions: haproxyadmin.WaitOptions
---@field save? string the path of a file that is replaced as well

---@class haproxyadmin.CertificateOptions: haproxyadmin.UpdateOptions
---@field ocsp? string an OCSP response in DER

---@class haproxyadmin.CrtListAddOptions: haproxyadmin.CallOptions
---@field options? string as between the brackets of a crt-list
---@field filters? string[]

---@class haproxyadmin.CrtListEntry
---@field file string
---@field line integer
---@field options? string
---@field filters string[]

---@class haproxyadmin.DrainOptions: haproxyadmin.WaitOptions
---@field on_timeout? "fail"|"kill"|"keep" what is done with sessions that are left ("fail")
---@field state? "drain"|"maint" ("drain")
---@field progress? fun(now: { left: integer, waited: number, results: table[] }) is called behind each reading

---@class haproxyadmin.RollOptions: haproxyadmin.CallOptions
---@field at_once? integer|string how many servers are out at once, or "N%" (1)
---@field min_up? integer how many others must be up in every process (1)
---@field drain? haproxyadmin.DrainOptions
---@field wait_up? haproxyadmin.WaitOptions
---@field on_error? "stop"|"continue" ("stop")
---@field servers? (string|haproxyadmin.Server)[] only these
---@field filter? fun(server: haproxyadmin.Server): boolean only those for which it returns true
---@field max_failures? integer how many may fail before it stops
---@field on_up? fun(server: haproxyadmin.Server, servers: haproxyadmin.Server[]): any, any when it is up again
---@field taken_out? string[] those that a roll before has left in maintenance
---@field progress? fun(now: { server: string, step: string, done: integer, total: integer })

---@class haproxyadmin.RollManyOptions: haproxyadmin.CallOptions
---@field group? "server" servers of one name are one thing
---@field at_once? integer|string how many are out at once, or "N%" (1)
---@field min_up? integer how many others must be up in every process, in each backend (1)
---@field drain? haproxyadmin.DrainOptions
---@field wait_up? haproxyadmin.WaitOptions
---@field on_error? "stop"|"continue" ("stop")
---@field max_failures? integer how many may fail before it stops
---@field on_up? fun(server: haproxyadmin.Server, servers: haproxyadmin.Server[]): any, any when it is up again
---@field taken_out? string[] those that a roll before has left in maintenance
---@field progress? fun(now: { server: string, step: string, done: integer, total: integer })

---@class haproxyadmin.RollReport
---@field done string[]
---@field left string[] not begun
---@field passed_over { name: string, why: string }[]
---@field failed { name: string, state: string, err: any }[]

---@class haproxyadmin.Reload
---@field process_nb integer
---@field address string
---@field pid integer
---@field start? integer
---@field version string
---@field before { pid: integer, start: integer?, version: string }

---@class haproxyadmin.ObjectChange
---@field kind "frontend"|"backend"|"server"
---@field name string
---@field backend? string of a server
---@field object haproxyadmin.Object
---@field changes { process_nb: integer, field: string, from: any, to: any }[]

---@class haproxyadmin.WatchOptions: haproxyadmin.CallOptions
---@field on_reload? fun(process: haproxyadmin.Reload, snapshot: haproxyadmin.Snapshot): boolean?
---@field on_change? fun(change: haproxyadmin.ObjectChange, snapshot: haproxyadmin.Snapshot): boolean?
---@field on_snapshot? fun(snapshot: haproxyadmin.Snapshot): boolean?
---@field on_error? fun(err: haproxyadmin.Error): boolean?
---@field keep_state? boolean what was set at run time is set again behind a reload (false)
---@field maps? true|string[] with keep_state: whose entries are kept, too; true for all that have a file
---@field acls? true|string[] the same of ACLs
---@field create? boolean with keep_state: servers that were added are added again (false)
---@field on_restore? fun(plan: haproxyadmin.Plan): boolean?
---@field interval? number seconds between two readings (1; with keep_state 0.5)

---@class haproxyadmin.Options
---@field socket_dir? string a folder of stats sockets
---@field socket_file? string one path or address
---@field sockets? string[]|table<string, string> paths or addresses, or such by name
---@field master? string a master's path or address
---@field workers? "current"|"all" whether its old workers are read, too ("current")
---@field process_nb? integer[] only the processes with these numbers
---@field retry? integer|false attempts after a failed one (2); 0 without end
---@field retry_interval? number seconds between attempts (2)
---@field timeout? number seconds for one exchange with all processes (1)
---@field keep? boolean true: a connection to each process, or to the master, is kept between exchanges (false)
---@field die? boolean false: methods return nil and the error (true)
---@field transport? "native"|"copas"|"cqueues"|"haproxy"|"luasocket"|"luv"|"ngx"|haproxyadmin.transport.native how bytes travel
---@field max_reply? integer the most bytes of one process's reply (2^30)

---@alias haproxyadmin.State "enable"|"disable"|"ready"|"drain"|"maint"
---@alias haproxyadmin.Id integer|string
---@alias haproxyadmin.ErrorName "HAProxyBaseError"|"ValueError"|"FileError"|"CommandFailed"|"WaitTimeout"|"RollFailed"|"HAProxyDataError"|"InconsistentData"|"MultipleCommandResults"|"HAProxySocketError"|"SocketApplicationError"|"SocketConnectionError"|"SocketPermissionError"|"SocketTimeout"|"SocketTransportError"
---@alias haproxyadmin.ErrorCode "not_found"|"exists"|"permission"|"bad_argument"|"in_use"|"unsupported"|"timeout"|"refused"|"closed"|"truncated"|"too_big"|"inconsistent"|"failed"

---@class haproxyadmin.Error
---@field name haproxyadmin.ErrorName
---@field message string
---@field code haproxyadmin.ErrorCode
---@field socket_file? string
---@field file? string
---@field line? integer
---@field command? string
---@field results? table[] `{process_nb, reply, ok =, code =, err =, undone =}`
---@field cause? any what it came from
---@field report? haproxyadmin.RollReport of a `RollFailed`
---@field outcomes? (true|haproxyadmin.Error)[] of a batch
---@field plan? haproxyadmin.Plan what was not done in full
---@field rollback? { restored: table[], not_restored: table[] } of a batch with `rollback`
local Error = {}

---@param name haproxyadmin.ErrorName|haproxyadmin.ErrorClass
---@return boolean
function Error:is(name) end

---@class haproxyadmin.ErrorClass
---@field name haproxyadmin.ErrorName

---@class haproxyadmin.List<T>: { [integer]: T }
local List = {}

---@param name string
---@return table|nil
function List:get(name) end

---@param name string|table
---@return boolean
function List:contains(name) end

---@class haproxyadmin.HAProxy
---@field description string?
---@field nodename string
---@field releasedate string
---@field version string
---@field uptime string
---@field uptimesec integer
---@field maxconn integer
---@field ratelimitconn integer
---@field ratelimitsess integer
---@field ratelimitsslsess integer
---@field totalrequests integer
---@field requests integer
---@field processids integer[]
---@field passed_over table[] `{address, err}`
local HAProxy = {}

---@param name? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Frontend>
function HAProxy:frontends(name, options) end

---@param name string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Frontend
function HAProxy:frontend(name, options) end

---@param name? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Backend>
function HAProxy:backends(name, options) end

---@param name string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Backend
function HAProxy:backend(name, options) end

---@param backend? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Server>
function HAProxy:servers(backend, options) end

---@param name string
---@param backend? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Server>
function HAProxy:server(name, backend, options) end

---@param name string
---@param options? haproxyadmin.MetricOptions
---@return integer|string
function HAProxy:metric(name, options) end

---@param options? haproxyadmin.CallOptions
---@return table<string, integer|number|string>[]
function HAProxy:info(options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Process[]
function HAProxy:processes(options) end

---@param iid? integer
---@param options? haproxyadmin.CallOptions
---@return table[] # `{process_nb, {line, ...}}`
function HAProxy:errors(iid, options) end

---@class haproxyadmin.SessionOptions: haproxyadmin.CallOptions
---@field frontend? string
---@field backend? string
---@field server? string `backend/server`, or its name beside `backend`
---@field older? number seconds

---@class haproxyadmin.ShutdownOptions: haproxyadmin.CallOptions
---@field frontend? string
---@field backend? string
---@field server? string `backend/server`, or its name beside `backend`
---@field older? number seconds
---@field all? boolean

---@param options? haproxyadmin.CallOptions
---@return table[] `{process_nb =, kind =, frontend =, source =, position =, bytes =, ...}`
function HAProxy:captures(options) end

---@param options? haproxyadmin.SessionOptions
---@return haproxyadmin.Session[]
function HAProxy:sessions(options) end

---@param options haproxyadmin.ShutdownOptions
---@return { ended: haproxyadmin.Session[], gone: haproxyadmin.Session[] }
function HAProxy:shutdown_sessions(options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.StickTable>
function HAProxy:tables(options) end

---@param name string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.StickTable
function HAProxy:table(name, options) end

---@param text string
---@param options? haproxyadmin.CallOptions
---@return table[] # `{process_nb, {line, ...}}`
function HAProxy:command(text, options) end

---@param n integer
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:setmaxconn(n, options) end

---@param n integer
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:setratelimitconn(n, options) end

---@param n integer
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:setratelimitsess(n, options) end

---@param n integer
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:setratelimitsslsess(n, options) end

---@param all? boolean
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:clearcounters(all, options) end

---@param id? haproxyadmin.Id
---@param options? haproxyadmin.CallOptions
---@return string[]
function HAProxy:show_acl(id, options) end

---@param id? haproxyadmin.Id
---@param options? haproxyadmin.CallOptions
---@return string[]
function HAProxy:show_map(id, options) end

---@param id haproxyadmin.Id
---@param value string|number
---@param options? haproxyadmin.CallOptions
---@return string
function HAProxy:get_acl(id, value, options) end

---@param id haproxyadmin.Id
---@param value string|number
---@param options? haproxyadmin.CallOptions
---@return string
function HAProxy:get_map(id, value, options) end

---@param id haproxyadmin.Id
---@param pattern string|number
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:add_acl(id, pattern, options) end

---@param id haproxyadmin.Id
---@param key string|number
---@param value string|number
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:add_map(id, key, value, options) end

---@param id haproxyadmin.Id
---@param key string|number
---@param value string|number
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:set_map(id, key, value, options) end

---@param id haproxyadmin.Id
---@param key string|number
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:del_acl(id, key, options) end

---@param id haproxyadmin.Id
---@param key string|number
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:del_map(id, key, options) end

---@param id haproxyadmin.Id
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:clear_acl(id, options) end

---@param id haproxyadmin.Id
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:clear_map(id, options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Map>
function HAProxy:maps(options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Acl>
function HAProxy:acls(options) end

---@param id haproxyadmin.Id
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Map
function HAProxy:map(id, options) end

---@param id haproxyadmin.Id
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Acl
function HAProxy:acl(id, options) end

---@param options? haproxyadmin.SnapshotOptions
---@return haproxyadmin.Snapshot
function HAProxy:snapshot(options) end

---@param backend? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Rows
function HAProxy:servers_state(backend, options) end

---@param backend? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Rows
function HAProxy:servers_connections(backend, options) end

---@generic T
---@param fn fun(snapshot: haproxyadmin.Snapshot): T, string?
---@param options? haproxyadmin.WaitOptions
---@return T
function HAProxy:wait_until(fn, options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Certificate>
function HAProxy:certificates(options) end

---@param file string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Certificate
function HAProxy:certificate(file, options) end

---@param file string
---@param pem? string
---@param options? haproxyadmin.WaitOptions
---@return haproxyadmin.Certificate
function HAProxy:new_certificate(file, pem, options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.CaFile>
function HAProxy:ca_files(options) end

---@param file string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.CaFile
function HAProxy:ca_file(file, options) end

---@param file string
---@param pem? string
---@param options? haproxyadmin.WaitOptions
---@return haproxyadmin.CaFile
function HAProxy:new_ca_file(file, pem, options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.CrlFile>
function HAProxy:crl_files(options) end

---@param file string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.CrlFile
function HAProxy:crl_file(file, options) end

---@param file string
---@param pem? string
---@param options? haproxyadmin.WaitOptions
---@return haproxyadmin.CrlFile
function HAProxy:new_crl_file(file, pem, options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.CrtList>
function HAProxy:crt_lists(options) end

---@param frontend? string
---@param options? haproxyadmin.CallOptions
---@return table[]
function HAProxy:sni(frontend, options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.OcspResponse>
function HAProxy:ocsp_responses(options) end

---@param options? haproxyadmin.CallOptions
---@return table[]
function HAProxy:ocsp_updates(options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.TlsKeys>
function HAProxy:tls_keys(options) end

---@param file string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.CrtList
function HAProxy:crt_list(file, options) end
---@param servers haproxyadmin.Server[]
---@param options? haproxyadmin.DrainOptions
---@return { waited: number, left: integer, killed: integer }
function HAProxy:drain(servers, options) end

---@param servers haproxyadmin.Server[]
---@param fn fun(server: haproxyadmin.Server, servers: haproxyadmin.Server[]): any, any
---@param options? haproxyadmin.RollManyOptions
---@return haproxyadmin.RollReport
function HAProxy:roll(servers, fn, options) end

---@param servers haproxyadmin.Server[]
---@param options? haproxyadmin.WaitOptions
---@return number seconds
function HAProxy:wait_up(servers, options) end

---@param options haproxyadmin.WatchOptions
---@return true
function HAProxy:watch(options) end

---@param fn fun(batch: haproxyadmin.Batch)
---@param options? haproxyadmin.BatchOptions
---@return true
function HAProxy:batch(fn, options) end

---@param fn fun(batch: haproxyadmin.Batch)
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Plan
function HAProxy:plan(fn, options) end

---@param fn fun(): any, any
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Plan
function HAProxy:rehearse(fn, options) end

---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, threads: table<string, number[]>, [string]: number }[]
function HAProxy:activity(options) end

---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, name: string, size: integer, alignment?: integer, allocated: integer, allocated_bytes: integer, used: integer, in_thread_caches?: integer, needed_avg: integer, failures: integer, users: integer, shared: boolean }[]
function HAProxy:pools(options) end

---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, thread: integer, lines: string[], [string]: any }[]
function HAProxy:threads(options) end

---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, path: string, from: string, to: string, size: integer }[]
function HAProxy:libraries(options) end

---@param name? string
---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, variables: table<string, string> }[]
function HAProxy:environment(name, options) end

---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, lines: string[] }[]
function HAProxy:startup_logs(options) end

---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, socket: string, level: string, processes: string }[]
function HAProxy:cli_sockets(options) end

---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, tasks: string, memory?: string }[]
function HAProxy:profiling(options) end

---@param what "tasks"|"memory"
---@param state "on"|"auto"|"off"
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:setprofiling(what, state, options) end

---@param scope "sticktable"|"resolver"
---@param options? haproxyadmin.OtherFamiliesOptions
---@return { name: string, type: string, help: string, samples: table[] }[]
function HAProxy:other_families(scope, options) end

---@param section? string
---@param options? haproxyadmin.CallOptions
---@return { section: string, nameserver: string, processes: table[], [string]: any }[]
function HAProxy:resolvers(section, options) end

---@param section? string
---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, id: string, peers: table[], [string]: any }[]
function HAProxy:peers(section, options) end

---@param name string
---@param options? haproxyadmin.CallOptions
---@return number|boolean|string
function HAProxy:get_var(name, options) end

---@param name string
---@param value string|integer
---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:set_var(name, value, options) end

---@param ring string
---@param options? haproxyadmin.EventsOptions
---@return haproxyadmin.Events
function HAProxy:events(ring, options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<{ process_nb: integer, name: string, type: string, dropped: integer, description: string }>
function HAProxy:rings(options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Trace>
function HAProxy:traces(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:stop_traces(options) end

---@param wanted haproxyadmin.StateTable
---@param options? haproxyadmin.StateOptions
---@return haproxyadmin.Plan
function HAProxy:apply(wanted, options) end

---@param path? string
---@param options? haproxyadmin.SaveOptions
---@return haproxyadmin.StateTable
function HAProxy:save_state(path, options) end

---@param state string|haproxyadmin.StateTable
---@param options? haproxyadmin.StateOptions
---@return haproxyadmin.Plan
function HAProxy:restore_state(state, options) end

---@param path string
---@param options? haproxyadmin.ServerStateOptions
---@return true
function HAProxy:save_server_state(path, options) end

---@param options? haproxyadmin.RescanOptions
---@return integer joined
function HAProxy:rescan(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function HAProxy:close(options) end

---@param property string
---@return any value
---@return haproxyadmin.Error? err
function HAProxy:get(property) end

---@class haproxyadmin.ExpositionOptions: haproxyadmin.CallOptions
---@field scope? string|string[] "global", "frontend", "listener", "backend", "server"
---@field metrics? string|string[] names; "-name" leaves one out
---@field process? integer|"*"
---@field no_maint? boolean
---@field extra_counters? boolean
---@field own? table[] more families
---@field totals? haproxyadmin.Totals

---@class haproxyadmin.OtherFamiliesOptions: haproxyadmin.CallOptions
---@field process? integer|"*"
---@field partial? boolean
---@field timeout? number seconds
---@field totals? haproxyadmin.Totals

---@class haproxyadmin.DocumentOptions: haproxyadmin.CallOptions
---@field kind "process"|"frontend"|"listener"|"backend"|"server"
---@field columns? string[]
---@field process? integer|"*"
---@field totals? haproxyadmin.Totals

---@class haproxyadmin.JsonOptions: haproxyadmin.DocumentOptions
---@field form? "columns"|"records"

---@class haproxyadmin.Snapshot
---@field time integer
---@field failed table[] `{address, err, process_nb =}`
local Snapshot = {}

---@param name? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Frontend>
function Snapshot:frontends(name, options) end

---@param name string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Frontend
function Snapshot:frontend(name, options) end

---@param name? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Backend>
function Snapshot:backends(name, options) end

---@param name string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Backend
function Snapshot:backend(name, options) end

---@param backend? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Server>
function Snapshot:servers(backend, options) end

---@param name string
---@param backend? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Server>
function Snapshot:server(name, backend, options) end

---@param name string
---@param options? haproxyadmin.MetricOptions
---@return integer|string
function Snapshot:metric(name, options) end

---@param options? haproxyadmin.CallOptions
---@return table<string, integer|number|string>[]
function Snapshot:info(options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Process[]
function Snapshot:processes(options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Rows
function Snapshot:servers_state(options) end

---@param kind "frontend"|"backend"|"server"
---@param name string
---@param options? haproxyadmin.CallOptions
---@return integer
function Snapshot:sum(kind, name, options) end

---@param options? haproxyadmin.ExpositionOptions
---@return fun(): string? pieces
function Snapshot:exposition(options) end

---@param options haproxyadmin.JsonOptions
---@return fun(): string? pieces
function Snapshot:json(options) end

---@param options haproxyadmin.DocumentOptions
---@return fun(): string? pieces
function Snapshot:csv(options) end

---@param property string
---@return any value
---@return haproxyadmin.Error? err
function Snapshot:get(property) end

---@class haproxyadmin.Totals
local Totals = {}

---@param snapshot haproxyadmin.Snapshot
---@param options? haproxyadmin.CallOptions
---@return boolean
function Totals:take(snapshot, options) end

---@param object haproxyadmin.Frontend|haproxyadmin.Backend|haproxyadmin.Server|haproxyadmin.Snapshot|haproxyadmin.HAProxy
---@param name string
---@param options? haproxyadmin.CallOptions
---@return integer?
function Totals:metric(object, name, options) end

---@param nb integer
---@param options? haproxyadmin.CallOptions
---@return integer
function Totals:restarts(nb, options) end

---@param options? haproxyadmin.CallOptions
---@return string
function Totals:dump(options) end

---@param property string
---@return any value
---@return haproxyadmin.Error? err
function Totals:get(property) end

---@class haproxyadmin.Object
---@field name string
---@field iid integer
---@field process_nb integer[]
---@field status string
---@field requests integer
---@field [string] any every metric of its kind
local Object = {}

---@param name string
---@param options? haproxyadmin.MetricOptions
---@return integer|string
function Object:metric(name, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Object:refresh(options) end

---@param options? haproxyadmin.CallOptions
---@return table[] # `{process_nb, n}`
function Object:requests_per_process(options) end

---@param options? haproxyadmin.CallOptions
---@return table[] # `{process_nb, {field = value}}`
function Object:stats_per_process(options) end

---@param property string
---@return any value
---@return haproxyadmin.Error? err
function Object:get(property) end

---@class haproxyadmin.Frontend: haproxyadmin.Object
---@field maxconn integer
local Frontend = {}

---@param options? haproxyadmin.CallOptions
---@return true
function Frontend:enable(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Frontend:disable(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Frontend:shutdown(options) end

---@param n integer
---@param options? haproxyadmin.CallOptions
---@return true
function Frontend:setmaxconn(n, options) end

---@class haproxyadmin.Backend: haproxyadmin.Object
local Backend = {}

---@param name? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Server>
function Backend:servers(name, options) end

---@param name string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Server
function Backend:server(name, options) end

---@param fn fun(server: haproxyadmin.Server): any, any
---@param options? haproxyadmin.RollOptions
---@return haproxyadmin.RollReport
function Backend:roll(fn, options) end

---@class haproxyadmin.NewBackend
---@field name string
---@field from string a defaults section
---@field mode? "tcp"|"http"
---@field guid? string
---@field publish? boolean false: it stays unpublished (true)

---@param backend haproxyadmin.NewBackend
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Backend
function HAProxy:add_backend(backend, options) end

---@param name string
---@param options? haproxyadmin.DelServerOptions
---@return boolean deleted
function HAProxy:del_backend(name, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Backend:publish(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Backend:unpublish(options) end

---@class haproxyadmin.NewServer
---@field name string
---@field address string
---@field port? integer|string
---@field enable? boolean false: it stays in maintenance (true)
---@field [string] string|number|boolean every keyword of HAProxy's

---@class haproxyadmin.DelServerOptions: haproxyadmin.CallOptions
---@field drain? number seconds in which its sessions may end
---@field on_timeout? "fail"|"kill"
---@field timeout? number seconds until it may be deleted (5)
---@field missing_ok? boolean

---@param server haproxyadmin.NewServer
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Server
function Backend:add_server(server, options) end

---@param servers haproxyadmin.NewServer[]
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.List<haproxyadmin.Server>
function Backend:add_servers(servers, options) end

---@param name string
---@param options? haproxyadmin.DelServerOptions
---@return boolean deleted
function Backend:del_server(name, options) end

---@class haproxyadmin.Server: haproxyadmin.Object
---@field sid integer
---@field backendname string
---@field weight integer
---@field address string? can be set
---@field port integer? can be set
---@field check_status string?
---@field check_code integer?
---@field last_status string?
---@field last_agent_check string?
---@field maxconn integer
---@field current_sessions integer
---@field operational_state "stopped"|"starting"|"running"|"stopping"
---@field admin_state string[]
---@field initial_weight integer
---@field fqdn string?
---@field health_enabled boolean
---@field agent_enabled boolean
local Server = {}

---@param wanted haproxyadmin.ServerFields
---@param options? haproxyadmin.EnsureOptions
---@return table<string, any[]>
function Server:ensure(wanted, options) end

---@param state haproxyadmin.State
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setstate(state, options) end

---@param weight integer|string 0 to 256, or "N%"
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setweight(weight, options) end

---@param address string
---@param port? integer
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setaddress(address, port, options) end

---@param port integer
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setport(port, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Server:shutdown(options) end

---@param options? haproxyadmin.DrainOptions
---@return { waited: number, left: integer, killed: integer }
function Server:drain(options) end

---@param options? haproxyadmin.WaitOptions
---@return number seconds
function Server:wait_up(options) end

---@param state "up"|"stopping"|"down"
---@param options? haproxyadmin.CallOptions
---@return true
function Server:sethealth(state, options) end

---@param state "up"|"down"
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setagent(state, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Server:enable_health(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Server:disable_health(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Server:enable_agent(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Server:disable_agent(options) end

---@param address string
---@param port? integer
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setcheckaddress(address, port, options) end

---@param port integer
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setcheckport(port, options) end

---@param address string
---@param port? integer
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setagentaddress(address, port, options) end

---@param port integer
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setagentport(port, options) end

---@param text string
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setagentsend(text, options) end

---@param name string
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setfqdn(name, options) end

---@param on boolean
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setssl(on, options) end

---@param n integer
---@param options? haproxyadmin.CallOptions
---@return true
function Server:setmaxconn(n, options) end

---@class haproxyadmin.MasterOptions
---@field socket string the address of the master's socket
---@field retry? integer|false for haproxy()
---@field retry_interval? number for haproxy()
---@field timeout? number seconds for one exchange (1)
---@field die? boolean false: methods return nil and the error (true)
---@field keep? boolean true: a connection to the master is kept between exchanges (false)
---@field transport? string|haproxyadmin.transport.native how bytes travel
---@field max_reply? integer the most bytes of one reply (2^30)

---@class haproxyadmin.ReloadResult
---@field success boolean
---@field log string[]

---@class haproxyadmin.Program
---@field pid integer
---@field name string
---@field uptime integer seconds
---@field generation integer
---@field current boolean

---@class haproxyadmin.Master
---@field version string
---@field pid integer
---@field uptime integer seconds
---@field reloads integer
---@field failed_reloads integer of the last ones
local Master = {}

---@param property string
---@return any, haproxyadmin.Error?
function Master:get(property) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Worker[]
function Master:workers(options) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Program[]
function Master:programs(options) end

---@param options? haproxyadmin.WaitOptions
---@return haproxyadmin.ReloadResult
function Master:reload(options) end

---@param options? haproxyadmin.WaitOptions
---@return haproxyadmin.ReloadResult
function Master:hard_reload(options) end

---@param options? haproxyadmin.CallOptions
---@return string[]
function Master:startup_logs(options) end

---@param fn fun(): any, any
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Plan
function Master:rehearse(fn, options) end

---@param options? haproxyadmin.WaitOptions
---@return { waited: number }
function Master:wait_old_workers(options) end

---@param options? haproxyadmin.Options
---@return haproxyadmin.HAProxy
function Master:haproxy(options) end

---@return boolean
function Master:close() end

---@class haproxyadmin.Worker
---@field pid integer
---@field generation integer
---@field uptime integer seconds
---@field version string
---@field current boolean
local Worker = {}

---@param property string
---@return any, haproxyadmin.Error?
function Worker:get(property) end

---@param text string
---@param options? haproxyadmin.CallOptions
---@return string[]
function Worker:command(text, options) end

---@param options? haproxyadmin.CallOptions
---@return table<string, any>
function Worker:info(options) end

---@class haproxyadmin.Process
---@field process_nb integer
---@field pid integer
---@field address string
---@field name? string what the caller calls its socket
---@field generation integer tells it from its successor
local Process = {}

---@param text string
---@param options? haproxyadmin.CallOptions
---@return string[]
function Process:command(text, options) end

---@param options? haproxyadmin.CallOptions
---@return table<string, integer|number|string>
function Process:info(options) end

---@param iid? integer
---@param type? integer
---@param sid? integer
---@param options? haproxyadmin.CallOptions
---@return table<string, integer|string>[]
function Process:stats(iid, type, sid, options) end

---@class haproxyadmin.Rows: { [integer]: table<string, integer|string> }
local Rows = {}

---@return fun(rows: haproxyadmin.Rows, number: integer): integer?, table
---@return haproxyadmin.Rows
---@return integer
function Rows:each() end

---@param backend string
---@param server string
---@return table<string, integer|string>[]
function Rows:find(backend, server) end

---@class haproxyadmin.BatchOptions: haproxyadmin.CallOptions
---@field rollback? boolean true: a failure takes back what was done

---@class haproxyadmin.StateOptions: haproxyadmin.CallOptions
---@field dry_run? boolean true: nothing is sent
---@field strict? boolean true: what would be skipped is an error
---@field create? boolean true: servers that no process has are added
---@field partial? boolean true: a process that does not answer is skipped

---@class haproxyadmin.SaveOptions: haproxyadmin.CallOptions
---@field maps? true|string[] the entries of these maps, too
---@field acls? true|string[] the entries of these ACLs, too

---@class haproxyadmin.ServerStateOptions: haproxyadmin.CallOptions
---@field process_nb? integer the only process that is read

---@class haproxyadmin.EnsureOptions: haproxyadmin.CallOptions
---@field dry_run? boolean true: nothing is sent

---@class haproxyadmin.ServerFields
---@field state? "ready"|"drain"|"maint"
---@field weight? integer
---@field address? string
---@field port? integer
---@field maxconn? integer
---@field fqdn? string
---@field ssl? boolean
---@field health_enabled? boolean
---@field check_address? string
---@field check_port? integer
---@field agent_enabled? boolean
---@field agent_address? string
---@field agent_port? integer
---@field health? "up"|"stopping"|"down"

---@class haproxyadmin.BackendFields
---@field published? boolean HAProxy 3.4 and later
---@field from? string the defaults that it is made from, with `create`
---@field mode? "http"|"tcp"
---@field guid? string
---@field servers? table<string, haproxyadmin.ServerFields>

---@class haproxyadmin.StateTable
---@field version? 1
---@field limits? { maxconn?: integer, ratelimitconn?: integer, ratelimitsess?: integer, ratelimitsslsess?: integer }
---@field frontends? table<string, { maxconn?: integer, state?: "enabled"|"disabled"|"stopped" }>
---@field backends? table<string, haproxyadmin.BackendFields>
---@field maps? table<string, table> by file, as `Map:sync` takes them
---@field acls? table<string, table> by file, as `Acl:sync` takes them
---@field processes? haproxyadmin.StateTable[] each with `process_nb`

---@class haproxyadmin.Plan
---@field commands integer
---@field exchanges integer
---@field processes { process_nb: integer, commands: string[] }[]
---@field skipped { process_nb: integer, object: string, field?: string, code: string, why: string }[]
---@field created string[]
---@field maps table<string, haproxyadmin.SyncPlan>
---@field acls table<string, haproxyadmin.SyncPlan>
local Plan = {}

---@return fun(): integer?, string?, string?, any, any, string?, string?
function Plan:changes() end

---@return boolean
function Plan:is_empty() end

---@class haproxyadmin.EventsOptions: haproxyadmin.CallOptions
---@field follow? boolean

---@class haproxyadmin.Events
---@field ring string
---@overload fun(): { process_nb: integer, text: string }?
local Events = {}

---@param property string
---@return any value
---@return haproxyadmin.Error?
function Events:get(property) end

---@param seconds? number
---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, text: string }?
function Events:next(seconds, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Events:close(options) end

---@class haproxyadmin.Trace
---@field name string
---@field description string
---@field processes { process_nb: integer, state: "stopped"|"waiting"|"running", sink?: string, dropped: integer }[]
local Trace = {}

---@param property string
---@return any value
---@return haproxyadmin.Error?
function Trace:get(property) end

---@param settings { sink?: string, level?: string, verbosity?: string, lock?: string, event?: string, start?: string, pause?: string, stop?: string }
---@param options? haproxyadmin.CallOptions
---@return true
function Trace:set(settings, options) end

---@param options? haproxyadmin.CallOptions
---@return { process_nb: integer, name: string, report: boolean, start: boolean, stop: boolean, pause: boolean }[]
function Trace:events(options) end

---@class haproxyadmin.Certificate
---@field name string
---@field process_nb integer[]
---@field status "Used"|"Unused"|"Empty"
---@field serial string?
---@field not_before integer? seconds since the epoch
---@field not_after integer? seconds since the epoch
---@field names string[]?
---@field algorithm string?
---@field fingerprint string? SHA-1
---@field subject string?
---@field issuer string?
---@field chain { subject: string, issuer: string }[]?
---@field chain_file string?
---@field ocsp_key string?
---@field options table<string, string|true>?
---@field crt_file string?
---@field key_file string?
local Certificate = {}

---@param property string
---@return any value
---@return haproxyadmin.Error?
function Certificate:get(property) end

---@param options? haproxyadmin.CallOptions
---@return table[]
function Certificate:details(options) end

---@param pem string
---@param options? haproxyadmin.CertificateOptions
---@return true
function Certificate:update(pem, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Certificate:abort(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Certificate:del(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Certificate:update_ocsp(options) end

---@class haproxyadmin.CaFile
---@field name string
---@field process_nb integer[]
---@field status "Used"|"Unused"
---@field entries table[]
local CaFile = {}

---@param property string
---@return any value
---@return haproxyadmin.Error?
function CaFile:get(property) end

---@param options? haproxyadmin.CallOptions
---@return table[]
function CaFile:details(options) end

---@param pem string
---@param options? haproxyadmin.UpdateOptions
---@return true
function CaFile:update(pem, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function CaFile:abort(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function CaFile:del(options) end

---@class haproxyadmin.CrlFile
---@field name string
---@field process_nb integer[]
---@field status "Used"|"Unused"
---@field entries table[]
local CrlFile = {}

---@param property string
---@return any value
---@return haproxyadmin.Error?
function CrlFile:get(property) end

---@param options? haproxyadmin.CallOptions
---@return table[]
function CrlFile:details(options) end

---@param pem string
---@param options? haproxyadmin.UpdateOptions
---@return true
function CrlFile:update(pem, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function CrlFile:abort(options) end

---@param options? haproxyadmin.CallOptions
---@return true
function CrlFile:del(options) end

---@class haproxyadmin.CrtList
---@field name string
---@field process_nb integer[]
local CrtList = {}

---@param property string
---@return any value
---@return haproxyadmin.Error?
function CrtList:get(property) end

---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.CrtListEntry[]
function CrtList:entries(options) end

---@param file string
---@param options? haproxyadmin.CrtListAddOptions
---@return true
function CrtList:add(file, options) end

---@param entry string|haproxyadmin.CrtListEntry
---@param options? haproxyadmin.CallOptions
---@return true
function CrtList:del(entry, options) end

---@class haproxyadmin.OcspResponse
---@field name string
---@field process_nb integer[]
---@field file string?
---@field serial string
---@field issuer_name_hash string
---@field issuer_key_hash string
---@field response_status string
---@field cert_status "good"|"revoked"|"unknown"
---@field produced_at integer seconds since the epoch
---@field this_update integer seconds since the epoch
---@field next_update integer? seconds since the epoch
local OcspResponse = {}

---@param property string
---@return any value
---@return haproxyadmin.Error?
function OcspResponse:get(property) end

---@param options? haproxyadmin.CallOptions
---@return table[]
function OcspResponse:details(options) end

---@param der string
---@param options? haproxyadmin.CallOptions
---@return true
function OcspResponse:update(der, options) end

---@class haproxyadmin.TlsKeys
---@field name string
---@field process_nb integer[]
local TlsKeys = {}

---@param property string
---@return any value
---@return haproxyadmin.Error?
function TlsKeys:get(property) end

---@param key string 48 or 80 bytes, or their base64
---@param options? haproxyadmin.CallOptions
---@return true
function TlsKeys:rotate(key, options) end
---@alias haproxyadmin.Match { key: string, value: string?, type: string, case: string, index: string }

---@class haproxyadmin.SyncOptions: haproxyadmin.CallOptions
---@field mode? "auto"|"diff"|"replace"
---@field dry_run? boolean
---@field ordered? boolean
---@field unique? boolean
---@field verify? boolean
---@field progress? fun(done: integer, total: integer)

---@class haproxyadmin.LoadOptions: haproxyadmin.SyncOptions
---@field bytes? boolean

---@class haproxyadmin.Map
---@field name string
---@field file? string
---@field id integer
---@field description string
---@field process_nb integer[]
---@field count integer
local Map = {}

---@param sample string|number
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Match?
function Map:lookup(sample, options) end

---@param options? haproxyadmin.CallOptions
---@return fun(): string?, string?, string?
function Map:entries(options) end

---@param options? haproxyadmin.CallOptions
---@return table<string, string>
---@return integer repeated
function Map:totable(options) end

---@param key string|number
---@param value string|number
---@param options? haproxyadmin.CallOptions
---@return true
function Map:add(key, value, options) end

---@param key string|number
---@param value string|number
---@param options? haproxyadmin.CallOptions
---@return true
function Map:set(key, value, options) end

---@param key string|number
---@param options? haproxyadmin.CallOptions
---@return true
function Map:del(key, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Map:clear(options) end

---@param key string|number
---@param value string|number
---@param options? haproxyadmin.CallOptions
---@return true
function Map:put(key, value, options) end

---@param wanted table|function
---@param options? haproxyadmin.SyncOptions
---@return haproxyadmin.SyncPlan
function Map:sync(wanted, options) end

---@param path string
---@param options? haproxyadmin.LoadOptions
---@return haproxyadmin.SyncPlan
function Map:load(path, options) end

---@param path string
---@param options? haproxyadmin.CallOptions
---@return boolean
function Map:save(path, options) end

---@param property string
---@return any value
---@return haproxyadmin.Error? err
function Map:get(property) end

---@class haproxyadmin.Acl
---@field name string
---@field file? string
---@field id integer
---@field description string
---@field process_nb integer[]
---@field count integer
local Acl = {}

---@param sample string|number
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Match?
function Acl:lookup(sample, options) end

---@param options? haproxyadmin.CallOptions
---@return fun(): string?, string?
function Acl:entries(options) end

---@param options? haproxyadmin.CallOptions
---@return string[]
---@return integer repeated
function Acl:totable(options) end

---@param pattern string|number
---@param options? haproxyadmin.CallOptions
---@return true
function Acl:add(pattern, options) end

---@param pattern string|number
---@param options? haproxyadmin.CallOptions
---@return true
function Acl:del(pattern, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function Acl:clear(options) end

---@param pattern string|number
---@param options? haproxyadmin.CallOptions
---@return true
function Acl:put(pattern, options) end

---@param wanted table|function
---@param options? haproxyadmin.SyncOptions
---@return haproxyadmin.SyncPlan
function Acl:sync(wanted, options) end

---@param path string
---@param options? haproxyadmin.LoadOptions
---@return haproxyadmin.SyncPlan
function Acl:load(path, options) end

---@param path string
---@param options? haproxyadmin.CallOptions
---@return boolean
function Acl:save(path, options) end

---@param property string
---@return any value
---@return haproxyadmin.Error? err
function Acl:get(property) end

---@class haproxyadmin.SyncPlan
---@field mode "diff"|"replace"
---@field added integer
---@field changed integer
---@field deleted integer
---@field kept integer
---@field exchanges integer
---@field processes { process_nb: integer, added: integer, changed: integer, deleted: integer, kept: integer, others: integer }[]
local SyncPlan = {}

---@return integer count
---@return string? key
function SyncPlan:repeated() end

---@return fun(): integer?, string?, string?, string?
function SyncPlan:changes() end

---@class haproxyadmin.Batch
local Batch = {}

---@param backend haproxyadmin.Backend
function Batch:publish(backend) end

---@param backend haproxyadmin.Backend
function Batch:unpublish(backend) end

---@param server haproxyadmin.Server
---@param state haproxyadmin.State
function Batch:setstate(server, state) end

---@param server haproxyadmin.Server
---@param weight integer|string
function Batch:setweight(server, weight) end

---@param server haproxyadmin.Server
---@param address string
---@param port? integer
function Batch:setaddress(server, address, port) end

---@param server haproxyadmin.Server
---@param state "up"|"stopping"|"down"
function Batch:sethealth(server, state) end

---@param server haproxyadmin.Server
---@param state "up"|"down"
function Batch:setagent(server, state) end

---@param server haproxyadmin.Server
function Batch:enable_health(server) end

---@param server haproxyadmin.Server
function Batch:disable_health(server) end

---@param server haproxyadmin.Server
function Batch:enable_agent(server) end

---@param server haproxyadmin.Server
function Batch:disable_agent(server) end

---@param server haproxyadmin.Server
---@param address string
---@param port? integer
function Batch:setcheckaddress(server, address, port) end

---@param server haproxyadmin.Server
---@param port integer
function Batch:setcheckport(server, port) end

---@param server haproxyadmin.Server
---@param address string
---@param port? integer
function Batch:setagentaddress(server, address, port) end

---@param server haproxyadmin.Server
---@param port integer
function Batch:setagentport(server, port) end

---@param server haproxyadmin.Server
---@param text string
function Batch:setagentsend(server, text) end

---@param server haproxyadmin.Server
---@param name string
function Batch:setfqdn(server, name) end

---@param server haproxyadmin.Server
---@param on boolean
function Batch:setssl(server, on) end

---@param object haproxyadmin.Server|haproxyadmin.Frontend
function Batch:shutdown(object) end

---@param frontend haproxyadmin.Frontend
function Batch:enable(frontend) end

---@param frontend haproxyadmin.Frontend
function Batch:disable(frontend) end

---@param object haproxyadmin.Server|haproxyadmin.Frontend
---@param n integer
function Batch:setmaxconn(object, n) end

---@param id haproxyadmin.Id
---@param key string|number
function Batch:del_acl(id, key) end

---@param id haproxyadmin.Id
---@param key string|number
function Batch:del_map(id, key) end

---@param id haproxyadmin.Id
---@param pattern string|number
function Batch:add_acl(id, pattern) end

---@param id haproxyadmin.Id
---@param key string|number
---@param value string|number
function Batch:add_map(id, key, value) end

---@param id haproxyadmin.Id
---@param key string|number
---@param value string|number
function Batch:set_map(id, key, value) end

---@param id haproxyadmin.Id
function Batch:clear_acl(id) end

---@param id haproxyadmin.Id
function Batch:clear_map(id) end

---@param table haproxyadmin.StickTable
---@param key string|integer
---@param values table<string, integer>
function Batch:set(table, key, values) end

---@param table haproxyadmin.StickTable
---@param key string|integer
function Batch:clear(table, key) end

---@class haproxyadmin.Session: { [string]: any }
---@field id string
---@field process_nb integer
---@field proto string
---@field source? string
---@field frontend string
---@field backend? string
---@field server? string
---@field age integer seconds
---@field exp? integer seconds
local Session = {}

---@param options? haproxyadmin.CallOptions
---@return table
function Session:detail(options) end

---@param options? haproxyadmin.CallOptions
---@return boolean
function Session:shutdown(options) end

---@param property string
---@return any
function Session:get(property) end

---@alias haproxyadmin.Condition { [1]: string, [2]: "eq"|"ne"|"le"|"ge"|"lt"|"gt", [3]: integer }
---@alias haproxyadmin.Filter haproxyadmin.Condition|haproxyadmin.Condition[]

---@class haproxyadmin.StickTable
---@field name string
---@field type "ip"|"ipv6"|"integer"|"string"|"binary"
---@field size integer
---@field used integer
---@field process_nb integer[]
local StickTable = {}

---@param filter? haproxyadmin.Filter
---@param options? haproxyadmin.CallOptions
---@return fun(): haproxyadmin.TableEntry?
function StickTable:entries(filter, options) end

---@param filter? haproxyadmin.Filter
---@param options? haproxyadmin.CallOptions
---@return fun(): haproxyadmin.TableEntry?
function StickTable:sums(filter, options) end

---@param key string|integer
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.TableEntry?
function StickTable:lookup(key, options) end

---@param key string|integer
---@param values table<string, integer>
---@param options? haproxyadmin.CallOptions
---@return true
function StickTable:set(key, values, options) end

---@param what string|integer|haproxyadmin.Filter
---@param options? haproxyadmin.CallOptions
---@return true
function StickTable:clear(what, options) end

---@param options? haproxyadmin.CallOptions
---@return true
function StickTable:clear_all(options) end

---@param options? haproxyadmin.CallOptions
---@return { [1]: integer, [2]: { type: string, size: integer, used: integer } }[]
function StickTable:stats_per_process(options) end

---@param property string
---@return any
function StickTable:get(property) end

---@class haproxyadmin.TableEntry: { [string]: any }
---@field key string|integer
---@field process_nb integer|integer[]
---@field exp integer milliseconds
---@field use integer
---@field shard? integer
local TableEntry = {}

---@param name string
---@return { [1]: integer, [2]: integer|string }[]
function TableEntry:values(name) end

---@param name string
---@return integer? milliseconds
function TableEntry:period(name) end

---@return table<string, any>
function TableEntry:totable() end

---@class haproxyadmin.errors
---@field [haproxyadmin.ErrorName] haproxyadmin.ErrorClass
local errors = {}

---@return { name: string, kind: string, field: string, type: string, unit?: string, rule: string, help: string }[]
function haproxyadmin.families() end

---@param value any
---@param name? haproxyadmin.ErrorName|haproxyadmin.ErrorClass
---@return boolean
function errors.is_error(value, name) end

---@param name haproxyadmin.ErrorName
---@param code haproxyadmin.ErrorCode
---@param message string
---@param fields? table
---@return haproxyadmin.Error
function errors.new(name, code, message, fields) end

---@class haproxyadmin.utils
local utils = {}

---@param value any
---@return integer|string|nil
function utils.converter(value) end

---@param name string
---@param values number[]
---@return number
function utils.calculate(name, values) end

---@param list any[]
---@return boolean
function utils.elements_of_list_same(list) end

---@param values table[]
---@return any
function utils.compare_values(values) end

---@param value any
---@return boolean
function utils.isint(value) end

---@param lines string[]
---@return boolean
function utils.check_output(lines) end

---@param results table[]
---@return true
function utils.check_command(results) end

---@param change_type "addr"|"port"
---@param results table[]
---@return true
function utils.check_command_addr_port(change_type, results) end

---@param lines string[]
---@return table<string, integer|number|string>
function utils.info2dict(lines) end

---@param lines string[]
---@return table
function utils.stat2dict(lines) end

---@param path string
---@return boolean
function utils.is_unix_socket(path) end

---@param address string
---@param timeout? number
---@return boolean
function utils.connected_socket(address, timeout) end

---@class haproxyadmin
---@field _VERSION string
---@field STATE_ENABLE "enable"
---@field STATE_DISABLE "disable"
---@field STATE_READY "ready"
---@field STATE_DRAIN "drain"
---@field STATE_MAINT "maint"
---@field VALID_STATES haproxyadmin.State[]
---@field HAPROXY_METRICS string[]
---@field FRONTEND_METRICS string[]
---@field BACKEND_METRICS string[]
---@field SERVER_METRICS string[]
---@field METRICS_SUM string[]
---@field METRICS_AVG string[]
---@field errors haproxyadmin.errors
---@field utils haproxyadmin.utils
local haproxyadmin = {}

---@param options haproxyadmin.Options
---@return haproxyadmin.HAProxy
function haproxyadmin.HAProxy(options) end

---@param options haproxyadmin.Options
---@return haproxyadmin.HAProxy
function haproxyadmin.new(options) end

---@param options haproxyadmin.MasterOptions
---@return haproxyadmin.Master
function haproxyadmin.Master(options) end

---@param dump? string
---@param options? haproxyadmin.CallOptions
---@return haproxyadmin.Totals
function haproxyadmin.totals(dump, options) end

---@param value any
---@param name? haproxyadmin.ErrorName|haproxyadmin.ErrorClass
---@return boolean
function haproxyadmin.is_error(value, name) end

return haproxyadmin
