-- What the keys do, as lines of a panel.

local lines = {}

local function add(text, style)
  lines[#lines + 1] = { text, style }
end

add("Moving", "bold")
add "  up down j k   a row                    1 to 8, Tab    another view"
add "  PgUp PgDn     a page                   Enter          the object, process by process; Esc: back"
add "  Home End g G  the first, the last      p a            the next process only; all of them"
add("Which rows, and how", "bold")
add "  /             filter: app  app/web*  status:down  scur>0  !app/web3"
add "  !             only what is wrong       Space *        mark the row; all that are shown"
add "  s < >         sort by another column   R              the other way round"
add "  c             columns                  z              pause, and go on"
add "  i             seconds between readings Ctrl-L         draw everything anew"
add("Servers (the marked ones, or the one under the cursor)", "bold")
add "  d F3          drain                    w              weight"
add "  m F10         maintenance              + - F7 F6      weight by 1 (F8 F5: by 10)"
add "  r F9          ready                    K              end all sessions"
add "  Each shows what it would send, and asks."
add("Else", "bold")
add "  l             what was done            x              append the row to a file, as JSON"
add "  ?             this help                q Ctrl-C       quit"
add ""
add "  Rows stay where they are for 3 seconds after a key. Rates are of the time between the last"
add "  two readings; a process that was started anew, and counters that were cleared, are left out."

return lines
