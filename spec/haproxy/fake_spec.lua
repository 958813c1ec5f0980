-- The shipped fake against the real one: the same bytes for the same lines.

local conversation = require "spec.support.conversation"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local testing = require "haproxyadmin.testing"

describe("the fake HAProxy", function()
  local farm, fake

  setup(function()
    farm = haproxy.start { processes = 1, level = "operator" }
    local recorder = testing.recorder()
    local hap = haproxyadmin.HAProxy { socket_file = farm.sockets[1], transport = recorder, timeout = 10 }
    hap:command "get weight app/app1"
    hap:command "set server app/app1 weight 10"
    hap:command "get weight nosuch/app1"
    fake = testing.start { replies = recorder.replies, level = "operator" }
  end)

  teardown(function()
    fake:stop()
    farm:stop()
  end)

  -- What comes for each text that is sent, and whether the connection stays: a prompt for each line
  -- where it stays behind that, all there is where it does not.
  local function talk(address, case)
    local open = conversation.open(address)
    local came = {}
    for i, text in ipairs(case) do
      local _, lines = text:gsub("\n", "")
      came[i] = open:ask(text, function(answer)
        local _, prompts = answer:gsub("> ", "")
        return prompts == lines and (case.stays or i < #case)
      end)
    end
    came.closes = not case.stays and open:closes()
    came.open = open:is_open()
    open:close()
    return came
  end

  for name, case in pairs {
    ["to one line"] = { "get weight app/app1\n" },
    ["to joined commands"] = { "get weight app/app1;set server app/app1 weight 10;show cli level\n" },
    ["to a refused command"] = { "get weight nosuch/app1;show cli level\n" },
    ["in prompt mode"] = {
      "prompt\n",
      "get weight app/app1\n",
      "set server app/app1 weight 10\n",
      "get weight nosuch/app1\n",
      "show cli level\n",
      stays = true,
    },
    ["to several lines in one write"] = {
      "prompt\nget weight app/app1\nset server app/app1 weight 10\n",
      stays = true,
    },
    ["when the prompt is turned off"] = { "prompt\n", "show cli level\n", "prompt\n" },
    ["to quit"] = { "prompt\n", "quit\n" },
  } do
    it("answers as the real one " .. name, function()
      assert.same(talk(farm.sockets[1], case), talk(fake.address, case))
    end)
  end
end)
