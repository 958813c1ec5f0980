-- haproxyadmin dump

local core = require "haproxyadmin.core"
local json = require "haproxyadmin.base.json_writer"
local output = require "haproxyadmin.cli.show.output"

-- What each process said: the fields of `show info`, and the rows of `show stat`.
local function whole(snapshot)
  local list = {}
  local infos, rows = snapshot:info(), core.rows(snapshot)
  for i, process in ipairs(snapshot:processes()) do
    list[i] = {
      json.object {
        "process",
        process.process_nb,
        "address",
        process.address,
        "info",
        infos[i],
        "stat",
        json.list(rows[i]),
      },
      rows[i],
      process.process_nb,
    }
  end
  return list
end

-- The names of all columns that any row has, those of names first.
local function columns_of(list)
  local seen = { pxname = true, svname = true }
  local names = {}
  for _, entry in ipairs(list) do
    for _, row in ipairs(entry[2]) do
      for name in pairs(row) do
        if not seen[name] then
          seen[name] = true
          names[#names + 1] = name
        end
      end
    end
  end
  table.sort(names)
  local columns = {
    {
      key = "process",
      title = "PROC",
      get = function(item)
        return item.process
      end,
    },
  }
  table.insert(names, 1, "pxname")
  table.insert(names, 2, "svname")
  for _, name in ipairs(names) do
    columns[#columns + 1] = {
      key = name,
      title = name:upper(),
      get = function(item)
        return item.row[name]
      end,
    }
  end
  return columns
end

local function run(call)
  local given = call.given
  local snapshot = call:snapshot()
  local list = whole(snapshot)
  if call.format == "json" or not (given.output or call.terminal.is) then
    local items = {}
    for i, entry in ipairs(list) do
      items[i] = entry[1]
    end
    output.document("items", json.list(items), call:frame())
    return
  end
  local items = {}
  for _, entry in ipairs(list) do
    for _, row in ipairs(entry[2]) do
      items[#items + 1] = { process = entry[3], row = row }
    end
  end
  call:items(columns_of(list), items, {
    name = function(item)
      return item.row.pxname .. "/" .. item.row.svname
    end,
  })
end

return {
  name = "dump",
  help = "Prints one snapshot, whole: what each process answers to `show info` and `show stat`, as JSON or otherwise.",
  examples = { "haproxyadmin dump >snapshot.json", "haproxyadmin dump -o csv --columns process,pxname,svname,scur" },
  run = run,
}
