-- What `haproxyadmin help TOPIC` tells.

return {
  { "selectors", "which servers are meant", [[
A selector names servers: BACKEND/SERVER, where both may be patterns of the shell.

  app/web1      one server
  'app/*'       all servers of app
  '*/web1'      web1 in every backend
  web1          the same
  '!app/web3'   not this one, of those that are meant beside it; alone: all others
  @FILE, -      selectors of a file or of stdin, one a line; # begins a comment

Of these the filters leave some:

  -b app        only of this backend (may be given several times)
  --state down,drain,maint,nolb,nocheck,up
  --where 'scur>0'   a field of show stat: = != > < >= <=, ~ (contains), !~
  -p 1,3-4      only these processes are asked

A selector that means nothing ends the program with status 4. Verbs that change something want
one at least: '*/*' means all.]] },
  { "output", "formats of what is printed", [[
  table    columns for people, of a terminal's width; what goes to a terminal by default
  wide     the same with more columns, however wide
  tsv      one record a line, a header, tabs between; what goes elsewhere by default.
           Tab, line end and backslash in a value are \t \n \r \\
  csv      RFC 4180
  json     one document: {"haproxyadmin":1,"time":...,"processes":[...],"items":[...],"errors":[...]}
  ndjson   an object a line
  name     names alone, which are selectors again

JSON has every digit of a counter, HAProxy's names of fields, null where there is no value, and a member
"differs" with what each process has where they do not agree (elsewhere values stand with | between).

--columns a,b chooses columns, +c adds one and -d leaves one out; every metric may be one
(haproxyadmin metric --list server). In JSON the names of an object stand beside them.
--sort -scur sorts, --limit 10 ends, -H leaves the header out.

Data goes to stdout, all else to stderr. Colours: --color, NO_COLOR, FORCE_COLOR, TERM=dumb.
Long tables on a terminal go through $PAGER (less): --no-pager.]] },
  { "exit-status", "what the exit status says", [[
  0    done, or already so
  1    HAProxy refused, or an error of the program's
  2    usage; a question that could not be asked
  3    some processes did, or answered, and others did not
  4    nothing matched
  5    time was up while waiting
  6    no process could be reached
  7    permission: of the socket's file, or the level of the socket; the message says what mends it
  10   with --dry-run --exit-code: something would change
  130  Ctrl-C
  141  who read the output has gone

haproxyadmin check has its own: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.]] },
  { "configuration", "where sockets are found", [[
The first of these that says something:

  -s, --socket ADDRESS, -D, --socket-dir DIR, --master ADDRESS, -c, --context CONTEXT
  HAPROXYADMIN_SOCKETS   addresses with spaces between, or a folder
  HAPROXY_CLI            which HAProxy sets for what it starts
  HAPROXYADMIN_CONTEXT   the name of a context
  $XDG_CONFIG_HOME/haproxyadmin/config (~/.config/haproxyadmin/config)
  /etc/haproxyadmin/config
  /run/haproxy, /var/run/haproxy, /var/lib/haproxy

A configuration has lines "key = value", and contexts:

  context = prod
  timeout = 5s

  [context prod]
  sockets = /run/haproxy
  read_only = yes

  [context edge]
  sockets = tcp@192.0.2.1:9999 tcp@192.0.2.2:9999
  tls_cafile = /etc/ssl/stats-ca.pem

Keys: sockets (addresses, or a folder), master, timeout, retry, read_only, confirm (several, always), transport
(native, luasocket), tls_cafile, tls_capath, tls_certificate, tls_key, tls_server_name, tls_verify.]] },
  { "permissions", "who may use a socket", [[
Two things keep a caller out:

The socket's file. `stats socket /run/haproxy/admin.sock mode 660 group haproxy level admin` in the section global
of HAProxy's configuration lets the members of a group in. The message of the program has the line that fits.

The socket's level. `user` reads, `operator` clears counters and the like, `admin` changes servers. A command for
which the level is too low ends with status 7.

A context with `read_only = yes` keeps the program itself from changing anything.]] },
  { "haproxytool", "from haproxytool's flags to these words", [[
  haproxytool frontend -l            haproxyadmin frontend list -o name
  haproxytool frontend -s NAME       haproxyadmin frontend list NAME
  haproxytool backend -S NAME        haproxyadmin server list 'NAME/*'
  haproxytool server -l              haproxyadmin server list
  haproxytool server -m scur NAME    haproxyadmin metric server scur NAME
  haproxytool server -M              haproxyadmin metric --list server
  haproxytool haproxy -i             haproxyadmin process info
  haproxytool haproxy -e             haproxyadmin process errors
  haproxytool haproxy -m METRIC      haproxyadmin metric process METRIC
  haproxytool haproxy -c COMMAND     haproxyadmin raw COMMAND
  haproxytool dump                   haproxyadmin dump -o csv

-D and -F are what they were. No NAME means all when something is read, and never when something is changed.]] },
}
