-- A prompt: one line that is written to.

local prompt = {}

local Prompt = {}
Prompt.__index = Prompt

--- `done(text)` is called behind Enter; what it returns is an error, which is shown, and the
-- line is written on.
function prompt.new(title, text, done)
  return setmetatable({ title = title, text = text or "", done = done }, Prompt)
end

-- Without its last character.
local function shortened(text)
  return (text:gsub("[^\128-\191]?[\128-\191]*$", "", 1))
end

--- Takes a key; returns true once the prompt is over.
function Prompt:key(key)
  if key == "enter" then
    self.err = self.done(self.text)
    return self.err == nil
  elseif key == "escape" or key == "ctrl-c" or key == "ctrl-g" then
    return true
  elseif key == "backspace" then
    self.text = shortened(self.text)
  elseif key == "ctrl-u" then
    self.text = ""
  elseif key and #key == 1 or key and key:byte() >= 194 then
    self.text = self.text .. key
  end
  return false
end

function Prompt:draw(screen, row)
  local column = screen:put(row, 1, self.title .. ": ", "bold")
  -- Of a long text the end is seen.
  local room = math.max(1, screen.columns - column - (self.err and #self.err + 2 or 0))
  column = screen:put(row, column, self.text:sub(-room))
  column = screen:put(row, column, "_", "dim")
  if self.err then
    screen:put(row, column + 2, self.err, "red")
  end
end

return prompt
