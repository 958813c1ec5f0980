-- PEM (RFC 7468): certificates, keys and revocation lists as text. What is between the
-- blocks is for people, and HAProxy is not told of it. Nothing here ever shows what stands in a
-- block, which may be a private key.

local base64 = require "haproxyadmin.base.base64"
local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"

local pem = {}

local WIDTH = 64

-- What a block is for, by its label.
local roles = {
  ["CERTIFICATE"] = "certificate",
  ["X509 CERTIFICATE"] = "certificate",
  ["TRUSTED CERTIFICATE"] = "certificate",
  ["PRIVATE KEY"] = "key",
  ["RSA PRIVATE KEY"] = "key",
  ["EC PRIVATE KEY"] = "key",
  ["DSA PRIVATE KEY"] = "key",
  ["EC PARAMETERS"] = "parameters",
  ["DH PARAMETERS"] = "parameters",
  ["X509 CRL"] = "crl",
}

-- In which order they are missed.
local order = { "certificate", "key", "crl" }

local shown = { certificate = "certificate", key = "private key", crl = "revocation list" }

-- A block's lines, joined; or nil and what is wrong with them.
local function body_of(lines, label)
  local body = table.concat(lines)
  if body:find(":", 1, true) or label == "ENCRYPTED PRIVATE KEY" then
    return nil, "is encrypted, which HAProxy cannot take at run time"
  elseif body == "" or not base64.decode(body) then
    return nil, "is not base64"
  end
  return body
end

--- The blocks of a text, a sequence of {label =, body = base64, at = the number of its
-- first line}; or nil and what is wrong.
function pem.blocks(text)
  local found, lines, label, at = {}, nil, nil, nil
  local number = 0
  for line in (text:gsub("\r\n?", "\n") .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    line = line:gsub("%s+$", "")
    local begins, ends = line:match "^%-%-%-%-%-BEGIN (.+)%-%-%-%-%-$", line:match "^%-%-%-%-%-END (.+)%-%-%-%-%-$"
    if begins and lines or ends and ends ~= label then
      return nil, ("line %d: a block begins or ends inside another"):format(number)
    elseif begins then
      lines, label, at = {}, begins, number
    elseif ends then
      local body, problem = body_of(lines, label)
      if not body then
        return nil, ("the block that begins at line %d %s"):format(at, problem)
      end
      found[#found + 1] = { label = label, body = body, at = at }
      lines, label = nil, nil
    elseif lines then
      lines[#lines + 1] = line
    end
  end
  if lines then
    return nil, ("the block that begins at line %d has no end"):format(at)
  end
  return found
end

--- Blocks as text again, without anything else and without empty lines.
function pem.write(blocks)
  local lines = {}
  for _, block in ipairs(blocks) do
    lines[#lines + 1] = ("-----BEGIN %s-----"):format(block.label)
    for from = 1, #block.body, WIDTH do
      lines[#lines + 1] = block.body:sub(from, from + WIDTH - 1)
    end
    lines[#lines + 1] = ("-----END %s-----"):format(block.label)
  end
  return table.concat(lines, "\n") .. "\n"
end

local function refuse(name, problem)
  return nil, errors.new("ValueError", "bad_argument", ("argument '%s': %s"):format(name, problem))
end

-- How many blocks of each role there are, or nil and what is wrong.
local function count_roles(blocks, wanted)
  local counts = { certificate = 0, key = 0, parameters = 0, crl = 0 }
  for _, block in ipairs(blocks) do
    local role = roles[block.label]
    if not role or not wanted[role] then
      return nil, ("the block that begins at line %d does not belong there"):format(block.at)
    end
    counts[role] = counts[role] + 1
  end
  return counts
end

--- Checks that a text is PEM of what is `wanted`: {role = {least, most}}, with the roles
-- `certificate`, `key`, `parameters` and `crl`. Returns the blocks, or nil and a ValueError
-- that calls the argument `name`.
function pem.check(name, text, wanted)
  if type(text) ~= "string" then
    return check.fail(name, "PEM text", text)
  end
  local blocks, problem = pem.blocks(text)
  if not blocks then
    return refuse(name, problem)
  end
  local counts
  counts, problem = count_roles(blocks, wanted)
  if not counts then
    return refuse(name, problem)
  end
  for _, role in ipairs(order) do
    local bounds = wanted[role] or { 0, math.huge }
    if counts[role] < bounds[1] then
      return refuse(name, ("PEM with a %s expected, there is none"):format(shown[role]))
    elseif counts[role] > bounds[2] then
      return refuse(name, ("PEM with one %s expected, there are %d"):format(shown[role], counts[role]))
    end
  end
  return blocks
end

--- The blocks' text in pieces of at most `most` bytes, as few as may be; nil where one
-- block is larger.
function pem.pieces(blocks, most)
  local pieces, current, length = {}, {}, 0
  for _, block in ipairs(blocks) do
    local text = pem.write { block }
    if #text > most then
      return nil
    elseif length + #text > most then
      pieces[#pieces + 1] = table.concat(current)
      current, length = {}, 0
    end
    current[#current + 1] = text
    length = length + #text
  end
  pieces[#pieces + 1] = table.concat(current)
  return pieces
end

return pem
