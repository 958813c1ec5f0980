-- HAProxy's stores: its certificates, authorities (CA files) and revocation lists (CRL
-- files), each found by the name of its file. `kind` is HAProxy's word for one: `cert`,
-- `ca-file` or `crl-file`.

local certificates = require "haproxyadmin.replies.certificates"
local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local run = require "haproxyadmin.runtime.run"

local stores = {}

--- What people call a file of each kind.
stores.labels = { ["cert"] = "certificate", ["ca-file"] = "CA file", ["crl-file"] = "CRL file" }

--- A file's name; a star before it would make HAProxy think of its transaction.
function stores.check_file(name, value)
  local ok, err = check.text(name, value)
  if ok and value:sub(1, 1) == "*" then
    return check.fail(name, "name that does not begin with '*'", value)
  end
  return ok, err
end

--- The error of a file that no process has.
function stores.not_found(kind, file)
  local message = ("there is no %s %s"):format(stores.labels[kind], check.quote(file))
  return nil, errors.new("ValueError", "not_found", message)
end

--- What each process has: a sequence of {process =, names = a sequence, has = a set,
-- open = the file whose transaction is open}. `seconds` as in run.read.
function stores.read(context, kind, seconds)
  local requests, err = run.read(context, "show ssl " .. kind, {}, nil, seconds)
  if not requests then
    return nil, err
  end
  local readings = {}
  for i, self in ipairs(requests) do
    local names, open = certificates.list(self.reply:lines(1))
    local has = {}
    for _, name in ipairs(names) do
      has[name] = true
    end
    readings[i] = { process = self.process, names = names, has = has, open = open }
  end
  return readings
end

--- What these processes say of a file, or with a star before it of its transaction: a
-- sequence of records, each with its `process_nb`. `parse(lines)` makes one.
function stores.details(context, kind, file, parse, processes)
  local requests, err = run.read(context, ("show ssl %s entry"):format(kind), { file = file }, processes)
  if not requests then
    return nil, err
  end
  local records = {}
  for i, request in ipairs(requests) do
    records[i] = parse(request.reply:lines(1))
    records[i].process_nb = request.process.nb
  end
  return records
end

return stores
