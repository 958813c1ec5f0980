-- What bash, zsh and fish load to complete words: each calls "haproxyadmin __complete" with the
-- place of the word and the words, and shows what that prints.

local stubs = {}

-- A folder goes on: no space is put behind it.
stubs.bash = [==[
# bash completion of haproxyadmin
_haproxyadmin() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        line=${line%%$'\t'*}
        [[ $line == */ ]] && compopt -o nospace
        COMPREPLY+=("$line")
    done < <("${COMP_WORDS[0]}" __complete "$COMP_CWORD" "${COMP_WORDS[@]}" 2>/dev/null)
}
complete -F _haproxyadmin haproxyadmin
]==]

stubs.zsh = [==[
#compdef haproxyadmin
_haproxyadmin() {
    local line word
    local -a words_here shown folders
    while IFS= read -r line; do
        word=${line%%$'\t'*}
        if [[ $word == */ ]]; then
            folders+=("$word")
        else
            words_here+=("$word")
            if [[ $line == *$'\t'* ]]; then
                shown+=("$word  -- ${line#*$'\t'}")
            else
                shown+=("$word")
            fi
        fi
    done < <("${words[1]}" __complete "$((CURRENT - 1))" "${words[@]}" 2>/dev/null)
    (( $#words_here )) && compadd -l -d shown -a words_here
    (( $#folders )) && compadd -S '' -a folders
}
if [ "$funcstack[1]" = _haproxyadmin ]; then
    _haproxyadmin "$@"
else
    compdef _haproxyadmin haproxyadmin
fi
]==]

stubs.fish = [==[
# fish completion of haproxyadmin
function __haproxyadmin_complete
    set -l before (commandline -opc)
    set -l all $before (commandline -ct)
    command $all[1] __complete (count $before) $all 2>/dev/null
end
complete -c haproxyadmin -f -a '(__haproxyadmin_complete)'
]==]

return stubs
