-- What a person gets who presses Tab, in each shell.

local haproxy = require "spec.support.haproxy"
local installed = require "spec.support.installed"
local terminal = require "spec.support.terminal"

local program = os.getenv "PROGRAM"
local share = program:gsub("/bin/haproxyadmin$", "/share")

-- How each is started, with nothing of a person's own, and what it loads by itself when the
-- program is installed.
local shells = {
  bash = { "bash --norc --noprofile -i", "source %s/bash-completion/completions/haproxyadmin" },
  zsh = {
    "zsh -f -i",
    "fpath=(%s/zsh/site-functions $fpath); autoload -U compinit; compinit -u -d $HOME/dump; unsetopt listbeep",
  },
  fish = { "fish --no-config -i", "source %s/fish/vendor_completions.d/haproxyadmin.fish" },
}

describe("the words of the program are completed", function()
  local farm

  setup(function()
    farm = haproxy.start { processes = 2 }
  end)

  teardown(function()
    farm:stop()
  end)

  for name, shell in pairs(shells) do
    it("by " .. name, function()
      local screen = terminal.open(110, 40)
      local folder = program:match "^(.*)/"
      screen:type(("PATH=%s:$PATH HAPROXYADMIN_SOCKETS=%s exec %s"):format(folder, farm:folder(), shell[1]))
      screen:type("echo rea''dy")
      screen:shows "ready\n"
      screen:type(shell[2]:format(share))
      screen:type("echo load''ed")
      screen:shows "loaded\n"

      -- What is on the line after a Tab, and a mark behind it, which shows a space. The line is
      -- dropped then.
      local function completes(typed, wanted)
        screen:type("clear; echo cle''an")
        screen:shows "clean\n"
        screen:tmux("send-keys", "-l", typed)
        screen:press "Tab"
        screen:tmux("send-keys", "-l", "%")
        screen:shows(wanted .. "%")
        screen:press "C-c"
      end

      completes("haproxyadmin comp", "haproxyadmin completion ")
      completes("haproxyadmin server li", "haproxyadmin server list ")
      completes("haproxyadmin server list api", "haproxyadmin server list api_servers/")
      completes("haproxyadmin server list app/app2", "haproxyadmin server list app/app2 ")
      completes("haproxyadmin server list --output=js", "--output=json ")
      completes("haproxyadmin server list -o nd", "-o ndjson ")
      completes("haproxyadmin -D /et", "haproxyadmin -D /etc/")
      completes("haproxyadmin -D " .. farm.dir .. "/st", farm.dir .. "/stats/")

      screen:type("clear; echo cle''an")
      screen:shows "clean\n"
      screen:tmux("send-keys", "-l", "haproxyadmin server list app/app")
      screen:press("Tab", "Tab")
      screen:shows("app/app1", "app/app2")
      screen:close()
    end)
  end
end)

describe("a word is completed", function()
  local function candidates(place, ...)
    local status, out, err = installed.run("__complete", tostring(place), "haproxyadmin", ...)
    assert.equal("", err)
    assert.equal(0, status)
    return out
  end

  it("by nothing where no process answers, and nothing is said", function()
    assert.equal("", candidates(5, "-s", "/none", "server", "list", "app"))
    assert.equal("", candidates(3, "server", "list", "app"))
  end)

  it("by nothing where there is no such word before it", function()
    assert.equal("", candidates(2, "none", ""))
    assert.equal("", candidates(3, "server", "none", ""))
    assert.equal("", candidates(99))
    assert.equal("", (select(2, installed.run "__complete")))
  end)

  it("of a context, of a map and of a process", function()
    local farm = haproxy.start { processes = 2 }
    local folder = haproxy.temporary_folder()
    haproxy.write(folder .. "/config", ("[context one]\nsockets = %s\n"):format(farm:folder()))
    local line = "mkdir -p $HOME/haproxyadmin; cp %s/config $HOME/haproxyadmin/config; "
      .. "haproxyadmin __complete %s haproxyadmin %s"
    local function words(place, rest)
      local _, out = installed.shell(line:format(folder, place, rest))
      return out
    end
    assert.equal("one\n", words(2, "-c o"))
    assert.equal(farm.dir .. "/sites.map\n", words(5, "-c one map get " .. farm.dir))
    assert.equal("1\n2\n", words(4, "-c one -p ''"))
    farm:stop()
    haproxy.shell("rm -r " .. folder)
  end)

  it("of the server of a socket that stands before it", function()
    local farm = haproxy.start { processes = 1 }
    local out = candidates(5, "-s", farm.sockets[1], "server", "list", "!app/app1")
    farm:stop()
    assert.equal("!app/app1\n", out)
  end)
end)

describe("the program prints what a shell loads", function()
  for name in pairs(shells) do
    it("for " .. name, function()
      local status, out = installed.run("completion", name)
      assert.equal(0, status)
      local paths = { bash = "bash-completion/completions/haproxyadmin", zsh = "zsh/site-functions/_haproxyadmin" }
      local file = assert(io.open(share .. "/" .. (paths[name] or "fish/vendor_completions.d/haproxyadmin.fish")))
      local text = file:read "*a"
      file:close()
      assert.equal(text, out)
    end)
  end

  it("but for no other one", function()
    local status, _, err = installed.run("completion", "csh")
    assert.equal(2, status)
    assert.matches("csh", err, 1, true)
  end)
end)
